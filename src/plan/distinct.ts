import { canonicalNetwork } from "../values/addresses.ts";

/** The values without repetitions, in their order. */
export function distinct<Value>(values: readonly Value[]): readonly Value[] {
  return [...new Set(values)];
}

/** Networks in their canonical form, without repetitions. */
export function networks(written: readonly string[]): readonly string[] {
  return distinct(written.map((network) => canonicalNetwork(network) ?? network));
}
