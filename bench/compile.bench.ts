import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Measure } from "./run.ts";

/** How time and memory grow with the number of sensors, each count in a process of its own, in turn. */
export const measure: Measure = async () => {
  const rounds = 3;
  const ratios: { readonly small: number; readonly large: number; readonly megabytes: number }[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const [hundred, thousand, tenThousand] = [run(100), run(1000), run(10_000)];
    ratios.push({
      small: thousand.ms / hundred.ms,
      large: tenThousand.ms / thousand.ms,
      megabytes: tenThousand.megabytes,
    });
  }
  const middle = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[1] ?? Number.NaN;
  return [
    `1,000 sensors take ${middle(ratios.map(({ small }) => small)).toFixed(1)} times 100`,
    `10,000 sensors take ${middle(ratios.map(({ large }) => large)).toFixed(1)} times 1,000 (goal: at most 10.5)`,
    `10,000 sensors take at most ${middle(ratios.map(({ megabytes }) => megabytes)).toFixed(0)} MB (goal: under 400)`,
  ];
};

function run(count: number): { readonly ms: number; readonly megabytes: number } {
  const program = fileURLToPath(new URL("many-sensors.js", import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, String(count)], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}
