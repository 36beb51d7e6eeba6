// How long a text is, by each network's own rule: what providers/*/counting.py says, said in the browser while somebody types.
// Both run tests/vectors/counting.json. Where they differ the server's answer wins.

let links = null; // X's expressions; they need the list of top-level domains, which the page brings along

/** Tell which top-level domains there are: an array of names. */
export function setTopLevelDomains(names) {
  const known = `(?:${[...names].sort((a, b) => b.length - a.length).join("|")})(?=[^0-9a-zA-Z@+-]|$)`;
  const ending = `(?:${known}|xn--[-0-9a-z]+)`;
  const letter = `[^${PUNCTUATION}${SPACES}${NEVER}${DIRECTIONS}]`;
  const label = `${letter}(?:(?:${letter}|-)*${letter})?\\.`;
  const labels = `(?:${letter}(?:(?:${letter}|[_-])*${letter})?\\.)*${label}`;
  links = {
    start: new RegExp(`(?:[^A-Za-z0-9@＠$#＃${NEVER}]|[${DIRECTIONS}]|^)((https?:\\/\\/)?(${labels}${ending})(?::[0-9]+)?)`, "giu"),
    latinHost: new RegExp(`(?:[-a-z0-9${LATIN}]+\\.)+${ending}`, "giu"),
  };
}

/** X's weight: links 23, emoji 2, most scripts beyond Latin 2 per character. */
export function countX(text) {
  const composed = text.normalize("NFC");
  const found = findLinks(composed);
  let rest = "";
  let from = 0;
  for (const [start, end] of found) {
    rest += composed.slice(from, start) + "+";
    from = end;
  }
  rest = (rest + composed.slice(from)).replace(/\r\n?/g, "\n");
  return weigh(rest.normalize("NFC")) + found.length * 22;
}

/** Bluesky: characters as people see them, and UTF-8 bytes. */
export function countBluesky(text) {
  return { graphemes: graphemes(text), bytes: bytes(text) };
}

/** Characters as people see them. */
export function graphemes(text) {
  if (PLAIN.test(text)) return text.length;
  let count = 0;
  for (const _ of SEGMENTER.segment(text)) count += 1;
  return count;
}

/** UTF-8 bytes. */
export function bytes(text) {
  return ENCODER.encode(text).length;
}

/** Mastodon: characters as people see them; a link counts `perLink`, a mention without its server, the warning counts too. */
export function countMastodon(text, warning = "", perLink = 23) {
  let shown = "";
  let from = 0;
  MASTODON_ENTITY.lastIndex = 0;
  // One pass: of a link and a name that overlap the first is one.
  for (let match; (match = MASTODON_ENTITY.exec(text)); ) {
    const { link, name } = match.groups;
    const end = match.index + match[0].length;
    if (name && AFTER_NO_NAME.test(text.slice(end, end + 3))) {
      MASTODON_ENTITY.lastIndex = match.index + 1; // a link may begin in what only looked like a name
      continue;
    }
    const stop = link ? mastodonLinkEnd(text, end) : end;
    shown += text.slice(from, match.index) + (name ?? "x".repeat(perLink));
    MASTODON_ENTITY.lastIndex = from = stop;
  }
  return graphemes(shown + text.slice(from)) + graphemes(warning);
}

function mastodonLinkEnd(text, hostEnd) {
  let end = hostEnd;
  for (const part of [MASTODON_PATH, MASTODON_QUERY]) {
    part.lastIndex = end;
    const found = part.exec(text);
    if (found) end += withoutTail(found[0]).length;
  }
  return end;
}

/** Not the punctuation at its end, and nothing from a bracket without a partner on. */
function withoutTail(part) {
  const opened = [];
  let stop = part.length;
  for (let at = 0; at < part.length; at += 1) {
    if (part[at] === "(") opened.push(at);
    else if (part[at] === ")") {
      if (!opened.length) {
        stop = at;
        break;
      }
      opened.pop();
    }
  }
  return part.slice(0, Math.min(stop, opened[0] ?? stop)).replace(MASTODON_TAIL, "");
}

/** Where X sees links: [start, end] in UTF-16 units, in order. */
export function findLinks(text) {
  if (!links || !text.includes(".")) return [];
  const tamed = tame(text);
  const found = [];
  links.start.lastIndex = 0;
  for (let match; (match = links.start.exec(tamed)); ) {
    const [whole, shown, protocol, domain] = match;
    const start = match.index + whole.length - shown.length;
    const before = whole.slice(0, whole.length - shown.length);
    const end = pathEnd(tamed, start + shown.length);
    links.start.lastIndex = Math.max(end, match.index + 1);
    if (!isHost(domain) || (protocol || "https://").length + end - start > 4096) continue;
    if (protocol) found.push(...withProtocol(tamed, start, end));
    else if (!/[-_./]$/.test(before)) found.push(...withoutProtocol(tamed, domain, start, start + shown.length, end));
  }
  return found;
}

function withProtocol(text, start, end) {
  const short = /^https?:\/\/t\.co\/([a-z0-9]+)/i.exec(text.slice(start, end));
  if (!short) return [[start, end]];
  if (short[1].length > 40) return [];
  return [[start, queryEnd(text, start + short[0].length)]];
}

function withoutProtocol(text, domain, start, hostEnd, end) {
  const found = [];
  for (const match of domain.matchAll(links.latinHost)) {
    found.push([start + match.index, start + match.index + match[0].length]);
  }
  // Only a path makes what follows a part of the link; a query right after the name does not.
  if (found.length && text[hostEnd] === "/") found[found.length - 1][1] += end - start - domain.length;
  return found;
}

function pathEnd(text, from) {
  let end = from;
  if (text[from] === "/") {
    end = from + 1;
    for (let at = end; at < text.length; ) {
      const bracket = balanced(text, at);
      if (bracket > at) {
        at = end = bracket;
      } else if (IN_PATH.test(text[at])) {
        at += 1;
        if (ENDS_PATH.test(text[at - 1])) end = at;
      } else break;
    }
  }
  return queryEnd(text, end);
}

function queryEnd(text, from) {
  if (text[from] !== "?") return from;
  let end = from;
  for (let at = from + 1; at < text.length && IN_QUERY.test(text[at]); at += 1) {
    if (ENDS_QUERY.test(text[at])) end = at + 1;
  }
  return end;
}

/** The end of "(…)" with at most one pair inside, or `from` where none begins. */
function balanced(text, from) {
  if (text[from] !== "(") return from;
  let depth = 0;
  let pairs = 0;
  let letters = 0;
  for (let at = from; at < text.length; at += 1) {
    if (text[at] === "(") {
      depth += 1;
      pairs += 1;
      letters = depth === 2 ? 0 : letters;
      if (depth > 2 || pairs > 2) return from;
    } else if (text[at] === ")") {
      if (!letters) return from;
      depth -= 1;
      if (!depth) return at + 1;
    } else if (IN_PATH.test(text[at])) letters += 1;
    else return from;
  }
  return from;
}

function isHost(domain) {
  return domain.split(".").every((label) => {
    if (/^[\x00-\x7f]*$/.test(label)) return label.length <= 63;
    if (/[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/.test(label) && /[a-z]/i.test(label)) return false;
    return [...label].length < 60; // what punycode makes of it is hardly ever longer than 63
  });
}

function tame(text) {
  // As in providers/x/counting.py: a run that is no host name is made harmless, keeping its length.
  return text.replace(/[^\s/?#]+/gu, (run) => {
    const isHostLike = run.length <= 253 || [...run].length <= 253;
    if (isHostLike && run.split(".").length <= 11) return run;
    return run.replace(/[.\u2013]/g, ",").replace(TAMED_IN_PATHS, "+").replace(/[^\x00-\x7f\u2013]/gu, (one) => " ".repeat(one.length));
  });
}

function weigh(text) {
  let weight = 0;
  let from = 0;
  for (const match of text.matchAll(EMOJI)) {
    weight += weighPlain(text, from, match.index) + weighEmoji(match[0]);
    from = match.index + match[0].length;
  }
  return weight + weighPlain(text, from, text.length);
}

function weighPlain(text, from, to) {
  let weight = 0;
  for (let at = from; at < to; at += 1) {
    const code = text.codePointAt(at);
    if (code > 0xffff) at += 1;
    weight += isLight(code) ? 1 : 2;
  }
  return weight;
}

function isLight(code) {
  return code <= 4351 || (code >= 8192 && code <= 8205) || (code >= 8208 && code <= 8223) || (code >= 8242 && code <= 8247);
}

/** One emoji weighs 2; pieces that are joined, but make none together, weigh what each of them does. */
function weighEmoji(sequence) {
  if (!sequence.includes("\u200d") || isEmoji(sequence)) return 2;
  const parts = sequence.split("\u200d");
  return parts.length * 2 + parts.length - 1;
}

function isEmoji(sequence) {
  if (!RGI) return true;
  const bare = sequence.replaceAll("\ufe0f", "");
  const whole = bare.replace(/(?!\p{Emoji_Presentation})\p{Emoji}(?!\p{Emoji_Modifier})/gu, "$&\ufe0f");
  return RGI.test(sequence) || RGI.test(bare) || RGI.test(whole);
}

function emojiOfStrings() {
  try {
    return new RegExp("^\\p{RGI_Emoji}$", "v");
  } catch {
    return null; // an older browser: every joined sequence counts as one
  }
}

function flags() {
  try {
    new RegExp("\\p{RGI_Emoji_Flag_Sequence}", "v");
    return new RegExp(`\\p{RGI_Emoji_Flag_Sequence}|${EMOJI_REST}`, "gv");
  } catch {
    return new RegExp(`\\p{RI}\\p{RI}|${EMOJI_REST}`, "gu");
  }
}

const PUNCTUATION = "!'#%&\\(\\)*+,\\\\\\-.\\/:;<=>?@\\[\\]\\^_\\{\\|\\}~$";
const SPACES = "\\x09-\\x0D\\x20\\x85\\xA0\\u1680\\u180E\\u2000-\\u200A\\u2028\\u2029\\u202F\\u205F\\u3000";
const DIRECTIONS = "\\u202A-\\u202E\\u061C\\u200E\\u200F\\u2066-\\u2069";
const NEVER = "\\uFFFE\\uFEFF\\uFFFF";
const LATIN =
  "\\xC0-\\xD6\\xD8-\\xF6\\xF8-\\xFF\\u0100-\\u024F\\u0253\\u0254\\u0256\\u0257\\u0259\\u025B\\u0263\\u0268\\u026F\\u0272" +
  "\\u0289\\u028B\\u02BB\\u0300-\\u036F\\u1E00-\\u1EFF";
const IN_PATH = new RegExp(`[a-z0-9\\u0400-\\u04FF!*';:=+,.$/%#\\[\\]\\-\\u2013_~@|&${LATIN}]`, "i");
const ENDS_PATH = new RegExp(`[a-z0-9\\u0400-\\u04FF+\\-=_#/${LATIN}]`, "i");
const IN_QUERY = /[a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|]/i;
const ENDS_QUERY = /[a-z0-9\-_&=#/]/i;
const TAMED_IN_PATHS = /[-_\u00c0-\u024f\u0253-\u02bb\u0300-\u036f\u0400-\u04ff\u1e00-\u1eff]/g;
const EMOJI_REST =
  "[0-9#*]\\uFE0F?\\u20E3|\\u{1F3F4}[\\u{E0061}-\\u{E007A}]+\\u{E007F}|" +
  "(?![0-9#*\\p{RI}\\p{Emoji_Modifier}])\\p{Emoji}(?:\\p{Emoji_Modifier}|\\uFE0F)?" +
  "(?:\\u200D(?![0-9#*\\p{RI}])\\p{Emoji}(?:\\p{Emoji_Modifier}|\\uFE0F)?)*";
const WORD = "\\p{L}\\p{N}_";
const LABEL = "[\\p{L}\\p{N}](?:[\\p{L}\\p{N}_-]{0,61}[\\p{L}\\p{N}])?";
const MASTODON_HOST =
  `(?:${LABEL}\\.)+(?:\\p{L}{2,63}|xn--[a-z0-9-]{2,59})(?![A-Za-z0-9@+-]|\\.[\\p{L}\\p{N}])`;
const AFTER_NO_NAME = /^(?:[@＠\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u00ff]|:\/\/)/;
const MASTODON_ENTITY = new RegExp(
  `(?<![A-Za-z0-9@＠$#＃])(?<link>https?:\\/\\/${MASTODON_HOST}(?::\\d{1,5})?)|` +
    `(?<![=/${WORD}])(?<name>@[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_])?)(?:@[${WORD}.-]*[${WORD}])?`,
  "giu",
);
const MASTODON_PATH = /\/[^\s<>?]*/uy;
const MASTODON_QUERY = /\?[^\s<>]*/uy;
const MASTODON_TAIL = /[?!*"'「」;:=,.$%[\]~&|@]+$/;
const EMOJI = flags();
const RGI = emojiOfStrings();
const PLAIN = /^[\x0a\x20-\x7e]*$/;
const SEGMENTER = new Intl.Segmenter("en", { granularity: "grapheme" });
const ENCODER = new TextEncoder();
