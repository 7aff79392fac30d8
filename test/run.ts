import { type ChildProcess, spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { killTree } from "./support/kill-tree.ts";

// Runs every test file in its own process, several at a time, and ends with one line that adds up uvu's counts. A file
// without counts is a failure, because uvu does not report a suite that was never run.
//
//   node build/test/run.js [--boot] [--update] [WORD...]     WORD: only files whose path contains one of the words

type Counts = { passed: number; failed: number; skipped: number };

const here = fileURLToPath(new URL(".", import.meta.url));
const flags = new Set(process.argv.slice(2).filter((word) => word.startsWith("--")));
const words = process.argv.slice(2).filter((word) => !word.startsWith("--"));
if (flags.has("--update") && process.env.CI === "true")
  throw new Error("--update is disabled in CI, which compares the files");

// The longest boots, and tests of programs whose sources are not in an index, run only by name; each counts as skipped.
const onRequest = [
  "boot/adopt.boot.js",
  "boot/apply-accidents.boot.js",
  "boot/apply-lock-outs.boot.js",
  "boot/apply.boot.js",
  "boot/arm64.boot.js",
  "boot/baked.boot.js",
  "boot/delivery.boot.js",
  "boot/faults.boot.js",
  "boot/identities.boot.js",
  "boot/notify.boot.js",
  "boot/page.boot.js",
  "boot/power-cuts.boot.js",
  "boot/rescue.boot.js",
  "boot/tools.boot.js",
  "boot/trial.boot.js",
  "boot/try.boot.js",
  "tofu/providers.test.js",
];
// The longest files start first, so that none of them runs alone at the end. The summary of each run shows the longest.
// Two files that need the Debian tree of .cache/ are apart, because the first one creates it in a fresh clone.
const longest = [
  "boot/dshield.boot.js",
  "boot/sensor.boot.js",
  "boot/packer.boot.js",
  "packer/hygiene-disks.test.js",
  "readers/injection.test.js",
  "templates/backup-hostile.test.js",
  "templates/backup-names.test.js",
  "templates/admin.test.js",
  "ec2/moto.test.js",
  "templates/firewall.test.js",
  "templates/dshield.test.js",
  "templates/dshield-faults.test.js",
  "hostile/sftp-server-transfer.test.js",
  "hostile/sftp-server.test.js",
  "readers/cloud-init.test.js",
  "templates/egress.test.js",
  "page/examples.test.js",
  "page/access.test.js",
  "explain/explain.test.js",
  "templates/transfer.test.js",
  "templates/transfer-faults.test.js",
  "cli/launched-sensors.test.js",
  "templates/backup.test.js",
  "templates/backup-interrupted.test.js",
];
const ending = flags.has("--boot") ? ".boot.js" : ".test.js";
const files = readdirSync(here, { recursive: true, encoding: "utf8" })
  .filter(
    (path) => path.endsWith(ending) && (words.length === 0 || words.some((word) => path.includes(word))),
  )
  .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
const left = words.length === 0 ? files.filter((file) => onRequest.includes(file)) : [];
for (const file of left) {
  const command = flags.has("--boot") ? "npm run test:boot" : "npm test";
  process.stdout.write(`skipped: ${file} (${command} -- ${basename(file, ending)})\n`);
}
// The test files, and the machines that they started, end with this process.
const running = new Set<ChildProcess>();
for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.on(signal, () => {
    for (const child of running) child.kill("SIGTERM");
    process.exit(130);
  });
const total: Counts = { passed: 0, failed: 0, skipped: left.length };
const durations = new Map<string, number>();
const queue = files.filter((file) => !left.includes(file));
// Tests wait for servers and processes half of their time; a booted machine computes all the time.
const workers = flags.has("--boot") ? 2 : availableParallelism() + 1;
await Promise.all(Array.from({ length: workers }, work));
const slowest = [...durations].sort(([, a], [, b]) => b - a).slice(0, 5);
process.stdout.write("\nslowest files:\n");
for (const [file, seconds] of slowest)
  process.stdout.write(`  ${seconds.toFixed(0).padStart(5)} s  ${file}\n`);
process.stdout.write(`\n${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped\n`);
process.exitCode = total.failed > 0 || files.length === 0 ? 1 : 0;

function rank(file: string): number {
  const place = longest.indexOf(file);
  return place === -1 ? longest.length : place;
}

// A boot or a race with a real server may fail once on a slow and noisy machine: CI runs such a file again and shows
// both runs. A test that fails twice has failed.
async function work(): Promise<void> {
  for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
    let counts = await show(file);
    if (counts.failed > 0 && process.env.CI === "true") {
      process.stdout.write(`${file} failed once; retrying\n`);
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
  running.add(child);
  let output = "";
  const take = (chunk: Buffer): void => {
    output += chunk.toString();
    // A boot takes minutes: show its output at once.
    if (flags.has("--boot")) process.stdout.write(chunk);
  };
  // A boot of another architecture first creates its Debian in an emulator, which takes half an hour.
  const minutes = flags.has("--boot") ? 90 : 10;
  const timer = setTimeout(() => {
    take(Buffer.from(`${file} was stopped after ${minutes} minutes\n`));
    if (child.pid !== undefined) killTree(child.pid);
  }, minutes * 60_000);
  child.stdout.on("data", take);
  child.stderr.on("data", take);
  return new Promise((resolve) => {
    child.on("close", (code) => {
      clearTimeout(timer);
      running.delete(child);
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
  // uvu's total does not include skipped tests.
  const failed = number("Total") - passed;
  const isSilent = passed + skipped + failed === 0;
  return { passed, skipped, failed: failed === 0 && (code !== 0 || isSilent) ? 1 : failed };
}
