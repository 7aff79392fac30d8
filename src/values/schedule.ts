import { Cron } from "croner";
import type { Complaint } from "../diagnostics/diagnostic.ts";
import { quoted } from "../diagnostics/visible.ts";

const fields = [
  { name: "minute", minimum: 0, maximum: 59, words: [] },
  { name: "hour", minimum: 0, maximum: 23, words: [] },
  { name: "day of the month", minimum: 1, maximum: 31, words: [] },
  {
    name: "month",
    minimum: 1,
    maximum: 12,
    words: "jan feb mar apr may jun jul aug sep oct nov dec".split(" "),
  },
  { name: "day of the week", minimum: 0, maximum: 7, words: "sun mon tue wed thu fri sat".split(" ") },
] as const;

/**
 * Five fields as Debian's cron(8) reads them: `*`, numbers, ranges, lists and steps; names only alone.
 * Seconds, `@daily`, and the `L`, `W`, `#` and `?` of other crons are refused, and so is what never happens.
 */
export function complainOfSchedule(value: string): Complaint | undefined {
  if (value.startsWith("@"))
    return {
      message: `${quoted(value)} is no schedule of five fields`,
      hint: `write a time, e.g. "0 3 * * *"`,
    };
  const parts = value.split(" ");
  if (parts.length !== 5 || parts.includes(""))
    return {
      message: `a schedule has five fields with one blank between them (minute, hour, day, month, day of the week), not ${quoted(value)}`,
      ...(parts.filter(Boolean).length === 6 && { hint: "leave out the seconds" }),
    };
  for (const [index, field] of fields.entries()) {
    const complaint = complainOfField(parts[index] ?? "", field);
    if (complaint) return complaint;
  }
  // From a fixed day, so that the answer is the same on every day; a leap year is never more than eight away.
  const never = new Cron(value, { utcOffset: 0 }).nextRun("2024-01-01T00:00:00Z") === null;
  return never ? { message: `${quoted(value)} never happens: no such month has that day` } : undefined;
}

type Field = (typeof fields)[number];

function complainOfField(text: string, { name, minimum, maximum, words }: Field): Complaint | undefined {
  if (words.some((word) => word === text.toLowerCase())) return undefined;
  for (const item of text.split(",")) {
    const found = /^(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:\/(\d{1,2}))?$/.exec(item);
    if (!found)
      return {
        message: `${quoted(item)} is no ${name}; cron takes *, numbers, ranges (1-5), lists (1,3) and steps (*/15)`,
      };
    const [, first, last, step] = found;
    if (step !== undefined && (Number(step) < 1 || Number(step) > maximum))
      return { message: `the step of ${quoted(item)} is not from 1 to ${maximum}` };
    if (step !== undefined && first !== undefined && last === undefined)
      return {
        message: `a step needs a range, not ${quoted(item)}`,
        hint: `write ${first}-${maximum}/${step}`,
      };
    for (const number of [first, last])
      if (number !== undefined && (Number(number) < minimum || Number(number) > maximum))
        return { message: `${number} is no ${name}; it goes from ${minimum} to ${maximum}` };
    if (first !== undefined && last !== undefined && Number(first) > Number(last))
      return { message: `the range ${quoted(item)} runs backwards` };
  }
  return undefined;
}
