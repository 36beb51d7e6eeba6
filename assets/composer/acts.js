// What the buttons of the page do; each is named by its `data-act`.

import * as drafts from "./draft.js";
import { filterAccounts } from "./picking.js";

/** By name: a function of the composer and the button's target. */
export const ACTS = {
  publish: (composer) => composer.publish(),
  all: (composer) => composer.chooseAll(shownAccounts(composer.form), true),
  none: (composer) => composer.chooseAll(composer.draft.accounts, false),
  drop: (composer, id) => composer.chooseAll([id], false),
  "drop-flawed": (composer) => composer.chooseAll(flawedAccounts(composer.form), false),
  network: (composer, slug) => filterAccounts(composer.form, slug),
  "add-picture": addPicture,
  "drop-picture": (composer, url) => movePicture(composer, url, null),
  "picture-up": (composer, url) => movePicture(composer, url, -1),
  discard: (composer) => composer.replace(drafts.blank()),
  again: (composer) => composer.replace({ ...drafts.blank(), ...JSON.parse(composer.form.dataset.given) }),
  renew: (composer) => composer.replace({ ...composer.draft, key: drafts.newKey(), tried_at: 0, is_old_try: false }),
  code: (composer) => composer.tell.code(composer.written()),
};

/** Take the address that was typed; the server looks at what is there. */
export function addPicture(composer) {
  const field = composer.form.querySelector("[data-address]");
  const url = field.value.trim();
  if (!url) return field.focus();
  if (!composer.draft.pictures.some((one) => one.url === url)) composer.draft.pictures.push({ url, alt: "" });
  field.value = "";
  composer.changed(0);
  composer.tell.look(composer.written());
}

function movePicture(composer, url, by) {
  const pictures = composer.draft.pictures;
  const from = pictures.findIndex((one) => one.url === url);
  const [picture] = pictures.splice(from, 1);
  if (by !== null) pictures.splice(Math.max(0, from + by), 0, picture);
  composer.changed(0);
}

const shownAccounts = (form) => [...form.querySelectorAll("[data-row]")].filter((row) => !row.hidden).map((row) => row.dataset.row);
const flawedAccounts = (form) => [...form.querySelectorAll("[data-flawed]")].map((row) => row.dataset.flawed);
