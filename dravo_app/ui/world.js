// Marks the document with the world its address names, before anything is painted: dravo.css hides what belongs to the other.
(() => {
  const mark = () => {
    const named = new URLSearchParams(location.search).get("environment");
    document.documentElement.dataset.environment = named === "test" ? "test" : "live";
  };
  for (const name of ["pushState", "replaceState"]) {
    const move = history[name];
    history[name] = function (...target) {
      move.apply(this, target);
      mark();
    };
  }
  addEventListener("popstate", mark);
  mark();
})();
