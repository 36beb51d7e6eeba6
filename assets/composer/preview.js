// What will stand there: each chosen network's final text with its links marked, and the pictures that it takes.

import { findLinks } from "../counting.js";

/** Draw the previews that are open. */
export function drawPreviews(form, draft) {
  for (const place of form.querySelectorAll("[data-preview]")) {
    if (!place.closest("details").open) continue;
    const network = place.dataset.preview;
    const text = draft.texts[network]?.trim() ? draft.texts[network] : draft.text;
    if (place.dataset.shown !== text) drawText(place, text);
    drawPictures(form, network, draft);
  }
}

function drawText(place, text) {
  place.dataset.shown = text;
  const parts = [];
  let from = 0;
  for (const [start, end] of findLinks(text)) {
    const link = document.createElement("span");
    link.className = "link";
    link.textContent = text.slice(start, end);
    parts.push(text.slice(from, start), link);
    from = end;
  }
  place.replaceChildren(...parts, text.slice(from));
}

function drawPictures(form, network, draft) {
  const place = form.querySelector(`[data-preview-pictures="${network}"]`);
  const takes = place.closest("[data-panel]").dataset.takesMedia === "true";
  const shown = takes ? draft.pictures.map(({ url, alt }) => [thumbnailOf(form, url), alt]).filter(([source]) => source) : [];
  const drawn = shown.map(([source, alt]) => `${source.length} ${source.slice(-24)} ${alt}`).join("|");
  if (place.dataset.drawn === drawn) return;
  place.dataset.drawn = drawn;
  place.replaceChildren(
    ...shown.map(([source, alt]) => {
      const image = document.createElement("img");
      Object.assign(image, { src: source, alt: alt ?? "" });
      return image;
    }),
  );
}

function thumbnailOf(form, url) {
  return form.querySelector(`[data-picture="${CSS.escape(url)}"] img`)?.getAttribute("src");
}
