import type { builtIn } from "./defaults.ts";
import type { WrittenDefaults, WrittenSensor } from "./grammar.ts";
import { isReference } from "./secret-leaf.ts";

/** One sensor's settings, merged with `defaults` and the built-in defaults. */
export type MergedSensor = Complete<WrittenSensor, typeof builtIn>;

/** `Written` in which every key of `BuiltIn` is present. */
type Complete<Written, BuiltIn> = {
  readonly [Key in keyof Written as Key extends keyof BuiltIn ? Key : never]-?: Key extends keyof BuiltIn
    ? BuiltIn[Key] extends readonly unknown[] | string | number | boolean
      ? NonNullable<Written[Key]>
      : Complete<NonNullable<Written[Key]>, BuiltIn[Key]>
    : never;
} & { readonly [Key in keyof Written as Key extends keyof BuiltIn ? never : Key]: Written[Key] };

/**
 * Merges one map of settings over another: maps are merged; lists, scalars and references to a secret or a file are
 * replaced. A part that exists on only one side is shared instead of copied, so that thousands of sensors with the same
 * backup settings share one object.
 */
export function merge(base: unknown, over: unknown): unknown {
  if (over === undefined) return base;
  if (!isGroup(base) || !isGroup(over)) return over;
  const merged = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(over)) merged.set(key, merge(merged.get(key), value));
  return Object.fromEntries(merged);
}

/** The built-in defaults with the file's `defaults` over them: the base of every sensor. */
export function mergeDefaults(builtInValues: typeof builtIn, defaults: WrittenDefaults | undefined): unknown {
  return merge(builtInValues, defaults);
}

/** One sensor merged over that base. */
export function mergeSensor(base: unknown, sensor: WrittenSensor): MergedSensor {
  // The grammar has checked both sides, and the base has every key of `builtIn`.
  return merge(base, sensor) as MergedSensor;
}

/** Whether a value is a map of settings, and not a reference to a secret or a file. */
export function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isReference(value);
}
