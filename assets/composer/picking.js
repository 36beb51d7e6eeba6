// Choosing accounts without the server: search, filter by network, chips, and the panels of the networks that were chosen.

/** Show the rows that match the words in the search field and the network that was picked (again: none). */
export function filterAccounts(form, network) {
  const list = form.querySelector("[data-accounts]");
  if (network !== undefined) list.dataset.only = list.dataset.only === network ? "" : network;
  const words = form.querySelector("[data-search]").value.toLocaleLowerCase().split(/\s+/).filter(Boolean);
  const only = list.dataset.only ?? "";
  let shown = 0;
  for (const row of form.querySelectorAll("[data-row]")) {
    row.hidden = Boolean(only && row.dataset.network !== only) || !words.every((word) => row.dataset.words.includes(word));
    shown += row.hidden ? 0 : 1;
  }
  for (const button of form.querySelectorAll('[data-act="network"]')) button.ariaPressed = String(button.dataset.target === only);
  for (const empty of form.querySelectorAll("[data-when-unmatched]")) empty.hidden = shown > 0;
}

/** One chip per chosen account, which lets go of it. */
export function drawChips(form, draft) {
  const place = form.querySelector("[data-chips]");
  if (!place || place.dataset.drawn === draft.accounts.join(" ")) return;
  const hadFocus = place.contains(document.activeElement);
  place.dataset.drawn = draft.accounts.join(" ");
  place.replaceChildren(...draft.accounts.map((id) => chip(form, id)));
  if (hadFocus) (place.querySelector("button") ?? form.querySelector("[data-search]"))?.focus();
  setWords(form, "chosen", draft.accounts.length ? `${draft.accounts.length} chosen` : "None chosen yet");
}

/** A network's own fields are there while an account on it is chosen. */
export function showPanels(form, draft) {
  const networks = new Set();
  for (const id of draft.accounts) {
    const row = form.querySelector(`[data-row="${CSS.escape(id)}"]`);
    if (row) networks.add(row.dataset.network);
  }
  for (const panel of form.querySelectorAll("[data-panel]")) panel.hidden = !networks.has(panel.dataset.panel);
  for (const one of form.querySelectorAll("[data-when-networks]")) one.hidden = networks.size === 0;
}

/** A picture that was let go is gone at once, so that nothing is typed into it before the server has drawn the others. */
export function hideDropped(form, draft) {
  for (const row of form.querySelectorAll("[data-picture]")) row.hidden = !draft.pictures.some(({ url }) => url === row.dataset.picture);
}

/** Fill the places that are for these words. */
export function setWords(form, name, words) {
  for (const place of form.querySelectorAll(`[data-words="${name}"]`)) {
    if (place.textContent !== words) place.textContent = words;
  }
}

function chip(form, id) {
  const row = form.querySelector(`[data-row="${CSS.escape(id)}"]`);
  const button = document.createElement("button");
  const name = row?.dataset.name ?? "An account that is gone";
  button.type = "button";
  button.className = "chip";
  button.dataset.act = "drop";
  button.dataset.target = id;
  button.title = row?.dataset.full ?? id;
  button.setAttribute("aria-label", `Leave out ${row?.dataset.full ?? id}`);
  const cross = document.createElement("span");
  cross.textContent = "×";
  cross.ariaHidden = "true";
  const mark = row?.querySelector('[role="img"]')?.cloneNode(true);
  if (mark) mark.ariaHidden = "true";
  button.append(...(mark ? [mark] : []), name, cross);
  return button;
}
