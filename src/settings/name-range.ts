import type { Complaint } from "../diagnostics/diagnostic.ts";
import { quoted } from "../diagnostics/visible.ts";
import { yamlWord } from "../diagnostics/yaml-word.ts";
import { mostSensors } from "./limits.ts";

/** A name that stands for several sensors: `pi-[01-30]`. */
export type NameRange = {
  readonly before: string;
  readonly first: number;
  readonly last: number;
  /** The number of digits, filled with zeros; 1: as many as the number needs. */
  readonly digits: number;
  readonly after: string;
};

/** Parses a name with a range; `undefined` if the name has no bracket. */
export function nameRangeOf(name: string): NameRange | Complaint | undefined {
  if (!/[[\]]/.test(name)) return undefined;
  const [, before = "", first = "", last = "", after = ""] =
    /^([^[\]]*)\[(\d{1,9})-(\d{1,9})\]([^[\]]*)$/.exec(name) ?? [];
  if (first === "")
    return {
      message: `${quoted(name)} is not a name with a range`,
      hint: /\].*\[/.test(name) ? "a name can have only one range" : "write a range like pi-[01-30]",
    };
  // A single 0 is a number, not a filling zero.
  const isPadded = /^0\d/.test(first) || /^0\d/.test(last);
  if (isPadded && first.length !== last.length)
    return {
      message: `the numbers of the range ${first}-${last} have different numbers of digits`,
      ...corrected(
        `${before}[${first.padStart(last.length, "0")}-${last.padStart(first.length, "0")}]${after}`,
      ),
    };
  const range = {
    before,
    first: Number(first),
    last: Number(last),
    digits: isPadded ? first.length : 1,
    after,
  };
  if (range.last < range.first)
    return {
      message: `the range ${first}-${last} ends before it begins`,
      ...corrected(`${before}[${last}-${first}]${after}`),
    };
  if (sizeOf(range) > mostSensors)
    return {
      message: `the range has ${sizeOf(range).toLocaleString("en")} sensors; the limit is ${mostSensors.toLocaleString("en")}`,
    };
  return range;
}

function corrected(name: string): Pick<Complaint, "hint" | "fix"> {
  return { hint: `write ${name}`, fix: yamlWord(name) };
}

/** The number of sensors in a range. */
export function sizeOf({ first, last }: NameRange): number {
  return last - first + 1;
}

/** Whether a name is in a range. */
export function isInRange(name: string, { before, first, last, digits, after }: NameRange): boolean {
  if (!name.startsWith(before) || !name.endsWith(after) || name.length <= before.length + after.length)
    return false;
  const written = name.slice(before.length, name.length - after.length);
  const number = Number(written);
  return (
    /^\d{1,9}$/.test(written) &&
    String(number).padStart(digits, "0") === written &&
    first <= number &&
    number <= last
  );
}

/** All names of a range, in order. */
export function namesIn(range: NameRange): readonly string[] {
  return Array.from(
    { length: sizeOf(range) },
    (_, index) => `${range.before}${String(range.first + index).padStart(range.digits, "0")}${range.after}`,
  );
}
