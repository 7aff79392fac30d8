import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../src/load/read-release.ts";
import { manyRows, manySensors } from "./many-sensors.ts";
import { medianRatio } from "./paired.ts";
import type { Measure } from "./run.ts";

/** Start-up, and `check` of each example and of one sensor of many, as multiples of `node -e 0`. */
export const measure: Measure = async () => {
  const command = join(packageRoot(), "dist/sensorbake.js");
  const examples = join(packageRoot(), "examples");
  const folder = mkdtempSync(join(tmpdir(), "sensorbake-bench-"));
  const thousand = join(folder, "sensors.yaml");
  writeFileSync(thousand, manySensors(1000));
  const table = join(folder, "table.yaml");
  const { settings, rows } = manyRows(1000);
  writeFileSync(table, settings);
  writeFileSync(join(folder, "students.csv"), rows);
  const times = (...words: readonly string[]) =>
    medianRatio([process.execPath, command, ...words], [process.execPath, "-e", "0"], 21).toFixed(2);
  try {
    return [
      `sensorbake --version takes ${times("--version")} times node -e 0`,
      ...readdirSync(examples)
        .filter((name) => name.endsWith(".yaml"))
        .map(
          (name) =>
            `check of ${name} takes ${times("check", join(examples, name))} times (goal: at most 2.2)`,
        ),
      `check of one sensor of 1,000 takes ${times("check", thousand, "--sensor", "sensor-500")} times (goal: at most 2.5)`,
      `check of one sensor of 1,000 in a CSV file takes ${times("check", table, "--sensor", "sensor-500")} times (goal: at most 2.5)`,
    ];
  } finally {
    rmSync(folder, { recursive: true });
  }
};
