import { spawnSync } from "node:child_process";

/** A command as words, the first being the program. */
export type Words = readonly [string, ...string[]];

/**
 * Runs two commands in turn, A B A B ..., and returns the median of the ratios A/B of their wall-clock times.
 * In pairs, because a shared machine's speed drifts; throws when one of them fails.
 */
export function medianRatio(a: Words, b: Words, runs: number): number {
  time(a);
  time(b);
  const ratios = Array.from({ length: runs }, () => time(a) / time(b));
  return ratios.sort((x, y) => x - y)[Math.floor(runs / 2)] ?? Number.NaN;
}

function time([program, ...words]: Words): number {
  const start = process.hrtime.bigint();
  const { status, stderr } = spawnSync(program, words, { encoding: "utf8" });
  const nanoseconds = Number(process.hrtime.bigint() - start);
  if (status !== 0) throw new Error(`${program} ${words.join(" ")}: exit ${status}: ${stderr}`);
  return nanoseconds;
}
