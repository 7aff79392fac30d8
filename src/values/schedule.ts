import type { Complaint } from "../diagnostics/diagnostic.ts";
import { quoted } from "../diagnostics/visible.ts";
import { type CronField, cronFields } from "./cron-fields.ts";
import { everRuns, readCron } from "./cron-times.ts";

/**
 * Five fields as Debian's cron(8) reads them: `*`, numbers, ranges, lists and steps; names only alone. Refuses seconds,
 * `@daily`, the `L`, `W`, `#` and `?` of other crons, and schedules that never run.
 */
export function complainOfSchedule(value: string): Complaint | undefined {
  // cron reads at most a thousand characters of a line, including the command.
  if (value.length > 200) return { message: `a schedule has at most 200 characters, not ${value.length}` };
  const parts = value.trim().split(/\s+/);
  if (value.startsWith("@") || parts.length !== 5 || parts.join(" ") !== value)
    return explainForm(value, parts);
  for (const [index, field] of cronFields.entries()) {
    const complaint = complainOfField(parts[index] ?? "", field);
    if (complaint) return complaint;
  }
  const times = readCron(value);
  if (everRuns(times)) return undefined;
  return {
    message: `${quoted(value)} never happens: no day fits its fields`,
    ...(times.mustFitBoth &&
      times.weekdays.length < 7 && {
        hint: "if a day field begins with *, both day fields must match",
      }),
  };
}

function explainForm(value: string, parts: readonly string[]): Complaint {
  const rule = "five fields separated by single spaces (minute, hour, day, month, day of the week)";
  const five = suggestion(value, parts);
  return {
    message:
      parts.length === 6
        ? `${quoted(value)} has six fields; cron has no field for seconds, only ${rule}`
        : `a schedule has ${rule}, not ${quoted(value)}`,
    ...(five === undefined
      ? { hint: 'write a time like "0 3 * * *"' }
      : { hint: `write ${JSON.stringify(five)}`, fix: JSON.stringify(five) }),
  };
}

// The five fields that were probably meant.
function suggestion(value: string, parts: readonly string[]): string | undefined {
  const [, hour, minute] = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(value.trim()) ?? [];
  const meant =
    nicknames[value.trim().toLowerCase().replace(/^@/, "")] ??
    (hour === undefined
      ? parts
          .slice(parts.length === 6 ? 1 : 0)
          .join(" ")
          .replaceAll("?", "*")
      : `${Number(minute)} ${Number(hour)} * * *`);
  return meant !== value && complainOfSchedule(meant) === undefined ? meant : undefined;
}

const nicknames: Readonly<Record<string, string>> = {
  hourly: "0 * * * *",
  daily: "0 0 * * *",
  midnight: "0 0 * * *",
  weekly: "0 0 * * 0",
  monthly: "0 0 1 * *",
  yearly: "0 0 1 1 *",
  annually: "0 0 1 1 *",
};

function complainOfField(text: string, { name, minimum, maximum, words }: CronField): Complaint | undefined {
  if (words.some((word) => word === text.toLowerCase())) return undefined;
  for (const item of text.split(",")) {
    const found = /^(?:\*|(\d{1,2})(?:-(\d{1,2}))?)(?:\/(\d{1,2}))?$/.exec(item);
    if (!found)
      return {
        message: `${quoted(item)} is not a ${name}; cron accepts *, numbers, ranges (1-5), lists (1,3) and steps (*/15)`,
      };
    const [, first, last, step] = found;
    if (step !== undefined && (Number(step) < 1 || Number(step) > maximum))
      return { message: `the step of ${quoted(item)} must be from 1 to ${maximum}` };
    if (step !== undefined && first !== undefined && last === undefined)
      return {
        message: `a step needs a range, not ${quoted(item)}`,
        hint: `write ${first}-${maximum}/${step}`,
      };
    for (const number of [first, last])
      if (number !== undefined && (Number(number) < minimum || Number(number) > maximum))
        return { message: `${number} is not a ${name}, which is from ${minimum} to ${maximum}` };
    if (first !== undefined && last !== undefined && Number(first) > Number(last))
      return { message: `the range ${quoted(item)} runs backwards` };
  }
  return undefined;
}
