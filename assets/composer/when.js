// A day and a time as a person types them, in the browser's zone: the instant that is meant, and how to say it.

const ZONE = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
const AHEAD_MS = 60e3;

/** The zone by name and offset, as it is at this moment: "Europe/Berlin (UTC+1)". */
export function zoneWords(at = new Date()) {
  return ZONE === "UTC" ? "UTC" : `${ZONE} (${offsetWords(at)})`;
}

/**
 * What a date ("2026-03-29") and a time ("02:30") mean here: {instant, words, problem, hint}.
 * `instant` is ISO 8601 in UTC or "". A time that a change of the clocks leaves out or repeats is resolved, and `hint` says how.
 */
export function resolve(date, time, now = new Date()) {
  const found = /^(\d{4,6})-(\d\d)-(\d\d)T(\d\d):(\d\d)/.exec(`${date}T${time}`);
  if (!found) return { instant: "", words: "", hint: "", problem: "Choose a day and a time." };
  const [year, month, day, hour, minute] = found.slice(1).map(Number);
  const at = new Date(year, month - 1, day, hour, minute);
  if (Number.isNaN(at.getTime())) return { instant: "", words: "", hint: "", problem: "There is no such day." };
  const hint = clockHint(at, time);
  const wait = at - now;
  const words = `${dayWords(at, now)} ${clock(at)}, ${zoneWords(at)}, ${distance(wait)}`;
  let problem = "";
  if (wait < 0) problem = "That time has passed.";
  else if (wait < AHEAD_MS) problem = "Choose a time at least a minute ahead, or publish now.";
  return { instant: at.toISOString(), words, hint, problem };
}

/** Tomorrow at nine: something to start from. */
export function proposal(now = new Date()) {
  const day = new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1);
  return { date: isoDay(day), time: "09:00" };
}

function clockHint(at, time) {
  if (clock(at) !== time.slice(0, 5)) {
    return `The clocks are put forward that day and ${time.slice(0, 5)} is left out; ${clock(at)} is meant.`;
  }
  for (const minutes of [30, 60, 120]) {
    const later = new Date(at.getTime() + minutes * 60e3);
    if (clock(later) === clock(at)) {
      return `The clocks are put back that day and ${clock(at)} comes twice; the first one, ${offsetWords(at)}, is meant.`;
    }
  }
  return "";
}

function offsetWords(at) {
  const minutes = -at.getTimezoneOffset();
  const size = Math.abs(minutes);
  const rest = size % 60 ? `:${String(size % 60).padStart(2, "0")}` : "";
  return `UTC${minutes < 0 ? "−" : "+"}${Math.floor(size / 60)}${rest}`;
}

function dayWords(at, now) {
  const days = Math.round((Date.UTC(at.getFullYear(), at.getMonth(), at.getDate()) - Date.UTC(now.getFullYear(), now.getMonth(), now.getDate())) / 864e5);
  const full = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long", year: "numeric" }).format(at);
  return { 0: "today", 1: "tomorrow" }[days] ?? full;
}

function distance(ms) {
  const minutes = Math.round(Math.abs(ms) / 60e3);
  const hours = Math.round(minutes / 60);
  const size = minutes < 60 ? `${minutes} min` : hours < 48 ? `${hours} h` : `${Math.round(hours / 24)} days`;
  return ms < 0 ? `${size} ago` : `in ${size}`;
}

const clock = (at) => `${String(at.getHours()).padStart(2, "0")}:${String(at.getMinutes()).padStart(2, "0")}`;
const isoDay = (at) => `${at.getFullYear()}-${String(at.getMonth() + 1).padStart(2, "0")}-${String(at.getDate()).padStart(2, "0")}`;
