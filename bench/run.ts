import { readdirSync } from "node:fs";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";

// Runs the measurements, each a file beside this one that exports `measure`, and prints their results.
// Every number is a ratio of two things measured in turn in the same run, or a count that no clock changes; only `page`
// measures milliseconds.
//
//   npm run bench [-- WORD...]     WORD: only measurements with one of the words in their name

/** One measurement: returns the lines to print. */
export type Measure = () => Promise<readonly string[]>;

const here = fileURLToPath(new URL(".", import.meta.url));
const words = process.argv.slice(2);
const files = readdirSync(here).filter((name) => name.endsWith(".bench.js"));

for (const file of files.sort()) {
  const name = basename(file, ".bench.js");
  if (words.length > 0 && !words.some((word) => name.includes(word))) continue;
  process.stdout.write(`${name}\n`);
  const { measure } = (await import(new URL(file, import.meta.url).href)) as { measure: Measure };
  for (const line of await measure()) process.stdout.write(`  ${line}\n`);
}
