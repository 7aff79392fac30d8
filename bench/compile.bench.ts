import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../src/load/read-release.ts";
import { manySensors } from "./many-sensors.ts";
import type { Measure } from "./run.ts";

/** What `sensorbake build` of many sensors takes, beside copying the same tree. Needs 4 GB below the temporary folder. */
export const measure: Measure = async () => {
  const folder = mkdtempSync(join(tmpdir(), "sensorbake-bench-"));
  try {
    const rounds = Array.from({ length: 3 }, () => {
      const [thousand, tenThousand] = [build(folder, 1000), build(folder, 10_000)];
      const start = performance.now();
      run("cp", ["-a", join(folder, "out"), join(folder, "copy")]);
      run("sync", []);
      return { thousand, tenThousand, copyMs: performance.now() - start };
    });
    const middle = (of: (round: (typeof rounds)[number]) => number) =>
      rounds.map(of).sort((a, b) => a - b)[1] ?? Number.NaN;
    return [
      `10,000 sensors take ${middle(({ thousand, tenThousand }) => tenThousand.ms / thousand.ms).toFixed(1)} times 1,000 (goal: at most 10.5)`,
      `10,000 sensors take ${middle(({ tenThousand, copyMs }) => tenThousand.ms / copyMs).toFixed(2)} times cp -a of their files and sync (goal: at most 1.5)`,
      `a sensor takes ${middle(({ tenThousand }) => tenThousand.cpuMs / 10_000).toFixed(2)} ms of processor time (goal: at most 1)`,
      `10,000 sensors take at most ${middle(({ tenThousand }) => tenThousand.megabytes).toFixed(0)} MB (goal: under 400)`,
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
};

type Figures = { readonly ms: number; readonly cpuMs: number; readonly megabytes: number };

function build(folder: string, count: number): Figures {
  const settings = join(folder, "sensors.yaml");
  const used = join(folder, "used.json");
  writeFileSync(settings, manySensors(count));
  for (const old of ["out", "copy"]) rmSync(join(folder, old), { recursive: true, force: true });
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
  return { ms, cpuMs: (userCPUTime + systemCPUTime) / 1000, megabytes: maxRSS / 1000 };
}

function run(command: string, words: readonly string[]): void {
  const { status, stderr } = spawnSync(command, words, { encoding: "utf8", maxBuffer: 1 << 30 });
  if (status !== 0) throw new Error(`${command}: exit ${status}: ${stderr}`);
}
