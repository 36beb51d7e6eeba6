// The compose page in the browser: keeps the draft, counts, filters accounts and hands the whole draft to the server.
// React draws the page; what this script changes in it (values, hidden, text of empty spans) React never touches.

import { setTopLevelDomains } from "../counting.js";
import { ACTS, addPicture } from "./acts.js";
import { count, countAlts } from "./counters.js";
import * as drafts from "./draft.js";
import { setField, valueIn } from "./fields.js";
import { drawChips, filterAccounts, hideDropped, setWords, showPanels } from "./picking.js";
import { drawPreviews } from "./preview.js";
import { proposal, resolve, zoneWords } from "./when.js";

const REVIEW_AFTER_MS = 300;
const ANSWER_WITHIN_MS = 6000;
const SAY_AFTER_MS = 1000;

let hasLedToReceipt = false;

/** Bring the form to life; `tell` has review, publish, code, look, leave and toast. Returns how to let go of it. */
export function compose(form, tell) {
  const composer = new Composer(form, tell);
  composer.begin();
  return () => composer.end();
}

class Composer {
  constructor(form, tell) {
    this.form = form;
    this.tell = tell;
    this.timers = {};
    this.listening = new AbortController();
    this.filled = new WeakSet();
    this.draft = null;
    setTopLevelDomains(form.dataset.domains.split(" "));
  }

  begin() {
    const options = { signal: this.listening.signal };
    this.form.addEventListener("input", (event) => this.onInput(event.target), options);
    this.form.addEventListener("change", (event) => event.target.matches("select,[type=checkbox],[type=radio]") && this.onInput(event.target), options);
    this.form.addEventListener("click", (event) => this.onClick(event.target.closest("[data-act]")), options);
    this.form.addEventListener("keydown", (event) => this.onKey(event), options);
    this.form.addEventListener("toggle", () => this.draft && drawPreviews(this.form, this.draft), { ...options, capture: true });
    window.addEventListener("storage", (event) => this.onOtherTab(event), options);
    window.addEventListener("pagehide", () => this.keep(), options);
    this.watch = new MutationObserver(() => this.onDrawn());
    this.watch.observe(this.form, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-owner", "data-sent", "data-settled", "data-refused", "data-given"] });
    this.every = setInterval(() => this.sayWhen(), 20e3);
    this.onDrawn();
  }

  end() {
    this.keep();
    this.listening.abort();
    this.watch.disconnect();
    clearInterval(this.every);
    Object.values(this.timers).forEach(clearTimeout);
  }

  /** The server has drawn something: whose page it is, new fields, or its answer to the button. */
  onDrawn() {
    const { owner, environment, sent, settled, refused, given } = this.form.dataset;
    if (!owner) return;
    if (owner !== this.owner || environment !== this.environment) this.open(owner, environment);
    if (given !== this.given) this.offer(given);
    this.fill();
    if (sent && sent === this.draft.key) this.finish();
    if (settled && settled === this.draft.key && this.isUntouched && !this.isWaiting) this.settle();
    if (refused !== this.refused) {
      this.refused = refused;
      if (this.isWaiting) this.onRefused();
    }
    countAlts(this.form);
    if (this.draft) drawPreviews(this.form, this.draft);
  }

  open(owner, environment) {
    Object.assign(this, { owner, environment, refused: this.form.dataset.refused, filled: new WeakSet() });
    this.draft = drafts.read(owner, environment);
    const isRestored = !drafts.isBlank(this.draft);
    this.isUntouched = true;
    this.fill();
    this.show("restored", isRestored);
    this.sayTaken();
    this.show("old-try", Boolean(this.draft.is_old_try));
    this.refresh();
    this.form.dataset.ready = "true";
    this.review();
    if (this.draft.pictures.length) this.tell.look(this.written());
  }

  /** A reload in the very moment of sending never reached the receipt; who came back from there knows. */
  sayTaken() {
    if (this.isFinished) return;
    const receipt = drafts.takeSent(this.owner, this.environment);
    this.showTaken(hasLedToReceipt ? null : receipt);
    hasLedToReceipt = false;
  }

  showTaken(receipt) {
    this.show("sent", Boolean(receipt));
    if (receipt) this.form.querySelector("[data-sent-link]").href = receipt;
  }

  /** A restored draft that nobody has touched turns out to be a job already: what would be written over it must not be lost on it. */
  settle() {
    const receipt = this.form.dataset.already;
    this.replace({ ...drafts.blank(), ...(this.given ? JSON.parse(this.given) : {}) });
    this.showTaken(receipt);
  }

  /** An earlier post to begin with; what somebody was writing is not thrown away for it. */
  offer(given) {
    this.given = given;
    const isWriting = !drafts.isBlank(this.draft);
    this.show("given", Boolean(given) && isWriting);
    if (given && !isWriting) this.replace({ ...drafts.blank(), ...JSON.parse(given) });
  }

  /** Put what the draft says into every field that hasn't got it yet. */
  fill() {
    for (const field of this.form.querySelectorAll("[data-draft],[data-account],[data-alt]")) {
      if (this.filled.has(field)) continue;
      this.filled.add(field);
      setField(field, this.valueOf(field));
    }
    for (const fold of this.form.querySelectorAll("[data-opens]")) if (isSaid(fold.dataset.opens && drafts.get(this.draft, fold.dataset.opens))) fold.open = true;
  }

  valueOf(field) {
    if (field.dataset.account) return this.draft.accounts.includes(field.dataset.account);
    if (field.dataset.alt) return this.draft.pictures.find((one) => one.url === field.dataset.alt)?.alt ?? "";
    return drafts.get(this.draft, field.dataset.draft);
  }

  onInput(field) {
    if (!this.draft) return;
    if (field.dataset.search !== undefined || field.dataset.filter !== undefined) return filterAccounts(this.form);
    if (field.dataset.account) this.choose(field.dataset.account, field.checked);
    else if (field.dataset.alt) this.describe(field.dataset.alt, field.value);
    else if (field.dataset.draft) drafts.put(this.draft, field.dataset.draft, valueIn(field));
    else return;
    if (field.dataset.draft === "when.later") this.propose();
    this.changed();
  }

  choose(id, isChosen) {
    const others = this.draft.accounts.filter((one) => one !== id);
    this.draft.accounts = isChosen ? [...others, id] : others;
  }

  describe(url, alt) {
    for (const picture of this.draft.pictures) if (picture.url === url) picture.alt = alt;
  }

  propose() {
    if (!this.draft.when.later || this.draft.when.date) return;
    Object.assign(this.draft.when, proposal());
    for (const field of this.form.querySelectorAll('[data-draft^="when."]')) setField(field, this.valueOf(field));
  }

  changed(soon = REVIEW_AFTER_MS) {
    this.isUntouched = false;
    this.keep();
    this.refresh();
    this.after("review", soon, () => this.review());
  }

  refresh() {
    this.show("later", this.draft.when.later);
    const news = count(this.form, this.draft);
    if (news) this.after("say", SAY_AFTER_MS, () => setWords(this.form, "news", news));
    countAlts(this.form);
    drawChips(this.form, this.draft);
    hideDropped(this.form, this.draft);
    showPanels(this.form, this.draft);
    this.after("preview", 100, () => drawPreviews(this.form, this.draft));
    this.sayWhen();
    this.label();
  }

  label() {
    const number = this.draft.accounts.length;
    const whither = `${number} account${number === 1 ? "" : "s"}`;
    const isLater = this.draft.when.later;
    const verb = isLater ? "Schedule for" : "Publish to";
    if (!number) return setWords(this.form, "publish", isLater ? "Schedule" : "Publish");
    const words = this.environment === "test" ? `${verb} ${whither} in the sandbox` : `${verb} ${whither}, live`;
    setWords(this.form, "publish", this.isWaiting ? (isLater ? "Scheduling…" : "Publishing…") : words);
  }

  sayWhen() {
    if (!this.draft) return;
    const { later, date, time } = this.draft.when;
    const found = later ? resolve(date, time) : { words: "", hint: "", problem: "" };
    setWords(this.form, "zone", zoneWords(date && time ? new Date(`${date}T${time}`) : new Date()));
    setWords(this.form, "when", found.words);
    setWords(this.form, "when-hint", found.hint);
    setWords(this.form, "when-problem", date || time ? found.problem : "");
    this.instant = found.instant ?? "";
  }

  review() {
    clearTimeout(this.timers.review);
    this.tell.review(this.written(), Boolean(this.draft.tried_at));
  }

  written() {
    this.sayWhen();
    return drafts.written(this.draft, this.owner, this.environment, this.instant);
  }

  publish() {
    if (!this.draft || this.isWaiting) return;
    clearTimeout(this.timers.review);
    this.readFields();
    this.draft.tried_at = Date.now();
    this.keep();
    this.isWaiting = true;
    this.form.dataset.waiting = "true";
    this.label();
    this.show("no-answer", false);
    this.after("answer", ANSWER_WITHIN_MS, () => this.onNoAnswer());
    this.tell.publish(this.written());
  }

  /** What the fields hold is what is meant, even where an event got lost (autofill, a crash in the middle of a word). */
  readFields() {
    for (const field of this.form.querySelectorAll("textarea[data-draft],input[data-draft]:not([type=radio])")) {
      if (this.filled.has(field)) drafts.put(this.draft, field.dataset.draft, valueIn(field));
    }
  }

  onRefused() {
    this.rest();
    requestAnimationFrame(() => {
      const first = [...this.form.querySelectorAll("[data-problem]")].find((one) => one.offsetParent !== null);
      first?.focus();
      first?.scrollIntoView({ block: "center" });
    });
  }

  onNoAnswer() {
    this.rest();
    this.show("no-answer", true);
  }

  rest() {
    clearTimeout(this.timers.answer);
    this.isWaiting = false;
    delete this.form.dataset.waiting;
    this.label();
  }

  /** The draft is a job now: nothing of it is kept, and its receipt is shown. */
  finish() {
    const receipt = this.form.dataset.receipt;
    const words = this.draft.when.later ? `Scheduled: ${resolve(this.draft.when.date, this.draft.when.time).words}.` : "Accepted. Here is what becomes of it.";
    drafts.forget(this.owner, this.environment, this.draft.key);
    drafts.noteSent(this.owner, this.environment, receipt);
    this.isFinished = hasLedToReceipt = true;
    this.rest();
    this.draft = drafts.blank();
    this.owner = "";
    this.tell.toast(words);
    this.tell.leave(receipt);
  }

  keep() {
    if (this.draft && this.owner) this.show("not-kept", !drafts.keep(this.owner, this.environment, this.draft));
  }

  onOtherTab(event) {
    if (this.draft && event.key === drafts.placeOf(this.owner, this.environment) && event.newValue === null) {
      this.isUntouched = false; // somebody sits in front of it: they are told, and what they see stays
      this.after("review", REVIEW_AFTER_MS, () => this.review());
    }
  }

  onKey(event) {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.publish();
    } else if (event.key === "Enter" && event.target.matches("[data-address]")) {
      event.preventDefault();
      addPicture(this);
    } else if (event.key === "Enter" && event.target.matches("input")) event.preventDefault();
  }

  onClick(button) {
    if (!button || !this.draft) return;
    ACTS[button.dataset.act]?.(this, button.dataset.target);
  }

  chooseAll(ids, isChosen) {
    for (const id of [...ids]) this.choose(id, isChosen);
    for (const box of this.form.querySelectorAll("[data-account]")) box.checked = this.draft.accounts.includes(box.dataset.account);
    this.changed(0);
  }

  replace(draft) {
    drafts.forget(this.owner, this.environment, this.draft.key);
    this.draft = draft;
    this.filled = new WeakSet();
    this.fill();
    for (const name of ["restored", "given", "old-try", "no-answer"]) this.show(name, false);
    this.changed(0);
    if (draft.pictures.length) this.tell.look(this.written());
  }

  show(name, isShown) {
    for (const one of this.form.querySelectorAll(`[data-when-${name}]`)) one.hidden = !isShown;
  }

  after(name, ms, work) {
    clearTimeout(this.timers[name]);
    this.timers[name] = setTimeout(work, ms);
  }
}

function isSaid(value) {
  return typeof value === "object" ? Object.values(value ?? {}).some((one) => one !== "" && one !== false && one?.length !== 0) : Boolean(value);
}
