import { duration } from "../shared/duration.ts";
import type { SensorState } from "./read-fleet.ts";
import { checkOf, factsOf, findingOf, healthOf, megabytes } from "./summary.ts";

export type Column = {
  readonly head: string;
  /** The heading in words, for a page. */
  readonly title: string;
  readonly cell: (state: SensorState) => string;
  /** Columns with higher numbers are left out first on a narrow terminal. */
  readonly rank: number;
};

/** The columns of the table, in order. An empty cell is unknown or does not apply. */
export const columns: readonly Column[] = [
  { head: "SENSOR", title: "sensor", rank: 0, cell: ({ plan }) => plan.name },
  { head: "HEALTH", title: "health", rank: 0, cell: healthOf },
  { head: "SINCE", title: "since", rank: 2, cell: (state) => ageText(findingOf(state)?.age) },
  { head: "REPORT", title: "last DShield report", rank: 1, cell: (state) => checkText(state, "last report") },
  { head: "BACKUP", title: "last backup", rank: 1, cell: (state) => checkText(state, "backup") },
  { head: "TRANSFER", title: "last transfer", rank: 1, cell: (state) => checkText(state, "transfer") },
  { head: "DISK", title: "disk used", rank: 1, cell: (state) => suffixed(factsOf(state).disk_percent, "%") },
  { head: "MB/DAY", title: "MB captured a day", rank: 3, cell: captureText },
  { head: "VERSION", title: "version", rank: 4, cell: (state) => factsOf(state).version ?? "" },
  { head: "DRIFT", title: "drift", rank: 1, cell: ({ drift }) => drift.join(", ") },
];

// `!`: the check is bad, because the task failed or is overdue.
function checkText(state: SensorState, name: string): string {
  const check = checkOf(state, name);
  if (check === undefined) return "";
  return `${check.age === undefined ? "none" : duration(check.age)}${check.status === "bad" ? " !" : ""}`;
}

function captureText(state: SensorState): string {
  const { capture_bytes_per_day: bytes } = factsOf(state);
  return bytes === undefined ? "" : megabytes(bytes);
}

function ageText(age: number | undefined): string {
  return age === undefined ? "" : duration(age);
}

function suffixed(value: number | undefined, suffix: string): string {
  return value === undefined ? "" : `${value}${suffix}`;
}
