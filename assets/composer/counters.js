// The counters of the compose page: one per limit of a chosen account, said while somebody types, without the server.

import { bytes, countMastodon, countX, graphemes } from "../counting.js";

const NEAR = 0.9;
const QUIET_UNTIL = 0.8;
const RULES = {
  x: (text) => countX(text),
  graphemes: (text) => graphemes(text),
  bytes: (text) => bytes(text),
  mastodon: (text, draft, perLink) => countMastodon(text, draft.options.mastodon?.spoiler_text ?? "", perLink),
};

/** Count for every chosen account's limits; returns what has changed its face, in a sentence for who listens. */
export function count(form, draft) {
  const chosen = new Set(draft.accounts);
  const counted = new Map();
  const changes = [];
  for (const counter of form.querySelectorAll("[data-counter]")) {
    const { rule, network, limit, perLink, accounts, quiet, name } = counter.dataset;
    const isWanted = accounts.split(" ").some((id) => chosen.has(id));
    const text = draft.texts[network]?.trim() ? draft.texts[network] : draft.text;
    const question = `${rule} ${perLink} ${draft.texts[network]?.trim() ? network : ""}`;
    if (isWanted && !counted.has(question)) counted.set(question, (RULES[rule] ?? RULES.graphemes)(text, draft, Number(perLink)));
    const size = counted.get(question) ?? 0;
    const share = size / Number(limit);
    counter.hidden = !isWanted || (quiet === "true" && share < QUIET_UNTIL);
    const level = share > 1 ? "over" : share > NEAR ? "near" : "fine";
    if (!counter.hidden && level === "over" && counter.dataset.level !== "over") {
      changes.push(`${name}: ${size - Number(limit)} too many.`);
    }
    if (counter.dataset.level !== level) counter.dataset.level = level;
    setText(counter.querySelector("[data-count]"), String(size));
    setText(counter.querySelector("[data-left]"), level === "over" ? `${size - Number(limit)} too many` : "");
    const bar = counter.querySelector("[data-bar]");
    if (bar) bar.style.width = `${Math.min(100, Math.round(share * 100))}%`;
  }
  return changes.join(" ");
}

/** The length of a picture's description against its strictest limit. */
export function countAlts(form) {
  const limits = [...form.querySelectorAll("[data-panel]")].filter((panel) => !panel.hidden).map((panel) => Number(panel.dataset.maxAlt));
  const limit = Math.min(...limits.filter(Boolean), Infinity);
  for (const field of form.querySelectorAll("[data-alt]")) {
    const shown = form.querySelector(`[data-alt-count="${CSS.escape(field.dataset.alt)}"]`);
    if (!shown) continue;
    const size = graphemes(field.value);
    shown.dataset.level = size > limit ? "over" : "fine";
    setText(shown, size && limit < Infinity ? `${size} / ${limit}` : "");
  }
}

function setText(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}
