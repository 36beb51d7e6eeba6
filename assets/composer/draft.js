// A draft: everything that was typed or chosen, kept in this browser by person and environment until it has become a job.
// Its key, made here, is what keeps two clicks, two tabs or a reload in the middle from making two posts.

const PLACE = "dravo.draft";
const SENT_LATELY_MS = 60e3;
const KEPT_HOURS = 70; // a little less than the server remembers a key

/** Nothing yet, with a key of its own. */
export function blank() {
  return { key: newKey(), text: "", accounts: [], texts: {}, options: {}, pictures: [], when: { later: false, date: "", time: "", late_policy: "" }, tried_at: 0 };
}

/** What is kept for this person in this environment; a blank draft where there is nothing that can be read. */
export function read(owner, environment) {
  try {
    const kept = JSON.parse(localStorage.getItem(placeOf(owner, environment)));
    if (!kept || !/^[0-9a-f]{32}$/.test(kept.key)) return blank();
    const draft = { ...blank(), ...kept };
    if (draft.tried_at && Date.now() - draft.tried_at > KEPT_HOURS * 3600e3) draft.is_old_try = true;
    return draft;
  } catch {
    return blank();
  }
}

/** Keep it. A browser that keeps nothing (full, private) is no reason to stop typing. */
export function keep(owner, environment, draft) {
  try {
    if (isBlank(draft)) localStorage.removeItem(placeOf(owner, environment));
    else localStorage.setItem(placeOf(owner, environment), JSON.stringify(draft));
    return true;
  } catch {
    return false;
  }
}

/** Forget it, unless another tab has begun another one meanwhile. */
export function forget(owner, environment, key) {
  if (read(owner, environment).key === key) localStorage.removeItem(placeOf(owner, environment));
}

/** Note where the receipt is: whoever reloads in that very moment would else find an empty page and no word about it. */
export function noteSent(owner, environment, receipt) {
  try {
    localStorage.setItem(sentPlaceOf(owner, environment), JSON.stringify({ receipt, at: Date.now() }));
  } catch {
    // a browser that keeps nothing shows the receipt all the same
  }
}

/** The receipt of what was sent a moment ago, once; null where there is none. */
export function takeSent(owner, environment) {
  try {
    const { receipt, at } = JSON.parse(localStorage.getItem(sentPlaceOf(owner, environment)));
    localStorage.removeItem(sentPlaceOf(owner, environment));
    return receipt.startsWith("/receipt?") && Date.now() - at < SENT_LATELY_MS ? receipt : null;
  } catch {
    return null;
  }
}

/** Is there nothing in it that anybody would miss? */
export function isBlank(draft) {
  const said = [draft.text, ...Object.values(draft.texts)].some((text) => text.trim());
  const set = Object.values(draft.options).some((options) => Object.values(options).some((one) => one !== "" && one !== false && one?.length !== 0));
  return !said && !set && !draft.accounts.length && !draft.pictures.length && !draft.when.later;
}

export function get(draft, path) {
  return path.split(".").reduce((at, name) => at?.[name], draft);
}

export function put(draft, path, value) {
  const names = path.split(".");
  const last = names.pop();
  let at = draft;
  for (const name of names) at = at[name] ??= {};
  at[last] = value;
}

/** The draft as the server reads it. */
export function written(draft, owner, environment, instant) {
  const { key, text, accounts, texts, options, pictures, when } = draft;
  return JSON.stringify({
    ...{ key, owner, environment, text, accounts, texts, options },
    pictures: pictures.map(({ url, alt }) => ({ url, alt: alt ?? "" })),
    when: { later: when.later, instant: when.later ? instant : "", late_policy: (when.later && when.late_policy) || "" },
  });
}

export function newKey() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export const placeOf = (owner, environment) => `${PLACE}.${owner}.${environment}`;
const sentPlaceOf = (owner, environment) => `dravo.sent.${owner}.${environment}`;
