import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { killTree } from "./support/kill-tree.ts";

// Runs every test file in a node of its own, two at a time, and ends with one true line that adds up what
// uvu counted. A file that counts nothing is a failure: uvu itself is silent about a suite that was never run.
//
//   node build/test/run.js [--boot] [--update] [WORD...]     WORD: only files whose path holds one of them

type Counts = { passed: number; failed: number; skipped: number };

const here = fileURLToPath(new URL(".", import.meta.url));
const flags = new Set(process.argv.slice(2).filter((word) => word.startsWith("--")));
const words = process.argv.slice(2).filter((word) => !word.startsWith("--"));
if (flags.has("--update") && process.env.CI === "true") throw new Error("CI does not rewrite what it judges");

// Boots that take longest run only when their name is given; that they are left out is counted as a skip.
const onRequest = [
  "boot/arm64.boot.js",
  "boot/delivery.boot.js",
  "boot/identities.boot.js",
  "boot/power-cuts.boot.js",
  "boot/rescue.boot.js",
  "boot/tools.boot.js",
];
const ending = flags.has("--boot") ? ".boot.js" : ".test.js";
const files = readdirSync(here, { recursive: true, encoding: "utf8" })
  .filter(
    (path) => path.endsWith(ending) && (words.length === 0 || words.some((word) => path.includes(word))),
  )
  .sort();
const left = words.length === 0 ? files.filter((file) => onRequest.includes(file)) : [];
for (const file of left) {
  const word = basename(file, ".boot.js");
  process.stdout.write(`skipped: ${file} (npm run test:boot -- ${word})\n`);
}
const total: Counts = { passed: 0, failed: 0, skipped: left.length };
const durations = new Map<string, number>();
const queue = files.filter((file) => !left.includes(file));
await Promise.all([work(), work()]);
const slowest = [...durations].sort(([, a], [, b]) => b - a).slice(0, 5);
process.stdout.write("\nslowest files:\n");
for (const [file, seconds] of slowest)
  process.stdout.write(`  ${seconds.toFixed(0).padStart(5)} s  ${file}\n`);
process.stdout.write(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
process.exitCode = total.failed > 0 || files.length === 0 ? 1 : 0;

// On a slow and noisy machine a boot or a race with a real server may fail once: such a file is run once more, and
// both runs are shown. A test that fails twice has failed.
async function work(): Promise<void> {
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    let counts = await show(file);
    if (counts.failed > 0 && process.env.CI === "true") {
      process.stdout.write(`${file} failed once; it is run again\n`);
      counts = await show(file);
    }
    total.passed += counts.passed;
    total.failed += counts.failed;
    total.skipped += counts.skipped;
  }
}

async function show(file: string): Promise<Counts> {
  const started = performance.now();
  const { output, counts } = await run(file);
  durations.set(file, (performance.now() - started) / 1000);
  if (!flags.has("--boot")) process.stdout.write(`${file}\n${output}`);
  return counts;
}

function run(file: string): Promise<{ output: string; counts: Counts }> {
  const env = { ...process.env, ...(flags.has("--update") && { UPDATE: "1" }) };
  const child = spawn(process.execPath, [join(here, file)], {
    env,
    stdio: ["ignore", "pipe", "pipe"],
  });
  let output = "";
  const take = (chunk: Buffer): void => {
    output += chunk.toString();
    // A boot takes minutes: show it as it goes.
    if (flags.has("--boot")) process.stdout.write(chunk);
  };
  // A boot of another architecture first makes its Debian, every program of which is emulated: half an hour.
  const minutes = flags.has("--boot") ? 90 : 10;
  const timer = setTimeout(() => {
    take(Buffer.from(`${file} was ended after ${minutes} minutes\n`));
    if (child.pid !== undefined) killTree(child.pid);
  }, minutes * 60_000);
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  return new Promise((resolve) => {
    child.on("close", (code) => {
      clearTimeout(timer);
      resolve({ output, counts: counts(output, code) });
    });
  });
}

function counts(output: string, code: number | null): Counts {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: uvu colours its counts
  const plain = output.replace(/\x1b\[[0-9;]*m/g, "");
  const number = (word: string): number =>
    Number(plain.match(new RegExp(`^\\s+${word}:\\s+(\\d+)$`, "m"))?.[1] ?? 0);
  const passed = number("Passed");
  const skipped = number("Skipped");
  // Its total leaves out what is skipped.
  const failed = number("Total") - passed;
  const isSilent = passed + skipped + failed === 0;
  return { passed, skipped, failed: failed === 0 && (code !== 0 || isSilent) ? 1 : failed };
}
