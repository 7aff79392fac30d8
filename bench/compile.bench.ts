import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../src/load/read-release.ts";
import { manySensors } from "./many-sensors.ts";
import type { Measure } from "./run.ts";

/** What `sensorbake build` of many sensors takes, beside copying the same tree. Needs 16 GB below the temporary folder. */
export const measure: Measure = async () => {
  const folder = mkdtempSync(join(tmpdir(), "sensorbake-bench-"));
  try {
    // ext4 searches long for inodes near those that were deleted a minute ago, so nothing is deleted before the end.
    const rounds = Array.from({ length: 3 }, (_, index) => {
      const thousand = build(join(folder, `${index}-1000`), 1000);
      const tenThousand = build(join(folder, `${index}-10000`), 10_000);
      const out = join(folder, `${index}-10000/out`);
      return { thousand, tenThousand, copy: copy(out, join(folder, `${index}-copy`)) };
    });
    const middle = (of: (round: (typeof rounds)[number]) => number) =>
      rounds.map(of).sort((a, b) => a - b)[1] ?? Number.NaN;
    const perSensor = (ms: number) => (ms / 10_000).toFixed(2);
    const [user, kernel, copying] = [
      middle(({ tenThousand }) => tenThousand.userMs),
      middle(({ tenThousand }) => tenThousand.kernelMs),
      middle(({ copy }) => copy.processorMs),
    ].map(perSensor);
    return [
      `10,000 sensors take ${middle(({ tenThousand, thousand }) => tenThousand.ms / thousand.ms).toFixed(1)} times 1,000 (goal: at most 10.5)`,
      `10,000 sensors take ${middle(({ tenThousand, copy }) => tenThousand.ms / copy.ms).toFixed(2)} times cp -a of their files and sync (goal: at most 1.5)`,
      `a sensor takes ${perSensor(middle(({ tenThousand }) => tenThousand.userMs + tenThousand.kernelMs))} ms of processor time (goal: at most 1): ${user} ms in the program and ${kernel} ms in the kernel; cp -a takes ${copying} ms`,
      `10,000 sensors take at most ${middle(({ tenThousand }) => tenThousand.megabytes).toFixed(0)} MB (goal: under 400)`,
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
};

type Figures = {
  readonly ms: number;
  readonly userMs: number;
  readonly kernelMs: number;
  readonly megabytes: number;
};

function build(folder: string, count: number): Figures {
  mkdirSync(folder);
  const settings = join(folder, "sensors.yaml");
  const used = join(folder, "used.json");
  writeFileSync(settings, manySensors(count));
  run("sync", []);
  // The command says itself what it has used, as it ends.
  const report = `data:text/javascript,import { writeFileSync } from "node:fs"; process.on("exit", () => writeFileSync(${JSON.stringify(used)}, JSON.stringify(process.resourceUsage())));`;
  const command = join(packageRoot(), "dist/sensorbake.js");
  const start = performance.now();
  run(process.execPath, ["--import", report, command, "build", settings, "--output", join(folder, "out")]);
  const ms = performance.now() - start;
  const { userCPUTime, systemCPUTime, maxRSS } = JSON.parse(
    readFileSync(used, "utf8"),
  ) as NodeJS.ResourceUsage;
  return { ms, userMs: userCPUTime / 1000, kernelMs: systemCPUTime / 1000, megabytes: maxRSS / 1000 };
}

function copy(from: string, to: string): { readonly ms: number; readonly processorMs: number } {
  const start = performance.now();
  const seconds = run("bash", ["-c", 'TIMEFORMAT="%U %S"; time cp -a -- "$@"', "bash", from, to]).trim();
  run("sync", []);
  const processorMs = seconds.split(" ").reduce((sum, part) => sum + Number(part) * 1000, 0);
  return { ms: performance.now() - start, processorMs };
}

/** Runs a command, and returns what it wrote to standard error. */
function run(command: string, words: readonly string[]): string {
  const { status, stderr } = spawnSync(command, words, { encoding: "utf8", maxBuffer: 1 << 30 });
  if (status !== 0) throw new Error(`${command}: exit ${status}: ${stderr}`);
  return stderr;
}
