import { join } from "node:path";
import { packageRoot } from "../src/load/read-release.ts";
import { medianRatio } from "./paired.ts";
import type { Measure } from "./run.ts";

/** Start-up, and `check` of a one-sensor file, as multiples of `node -e 0`. */
export const measure: Measure = async () => {
  const command = join(packageRoot(), "dist/sensorbake.js");
  const example = join(packageRoot(), "examples/minimal.yaml");
  const node = process.execPath;
  const version = medianRatio([node, command, "--version"], [node, "-e", "0"], 21);
  const check = medianRatio([node, command, "check", example], [node, "-e", "0"], 21);
  return [
    `sensorbake --version takes ${version.toFixed(2)} times node -e 0`,
    `sensorbake check of one sensor takes ${check.toFixed(2)} times node -e 0 (goal: at most 2)`,
  ];
};
