// Counts every text of a JSON file in the browser's way; prints what came out. Arguments: counting.js, the file.
import { readFileSync } from "node:fs";

const counting = await import(process.argv[2]);
const { domains, texts } = JSON.parse(readFileSync(process.argv[3], "utf-8"));
counting.setTopLevelDomains(domains);
const counted = texts.map((text) => ({
  x: counting.countX(text),
  graphemes: counting.graphemes(text),
  bytes: counting.bytes(text),
  mastodon: counting.countMastodon(text, "", 23),
}));
console.log(JSON.stringify(counted));
