import type { Artifact } from "../artifacts/artifact.ts";
import type { Plan } from "../plan/plan.ts";
import { readCron } from "../values/cron-times.ts";
import type { Job, Timetable } from "./explanation.ts";
import { firstComment } from "./first-comment.ts";
import { minutesOfDay, whenInWords } from "./schedule-words.ts";
import { timerSchedules } from "./timer-schedules.ts";

/** The jobs of timers and of cron on the sensor; its crontabs are parsed as cron parses them. */
export function timetable(
  { timezone, upkeep }: Pick<Plan, "timezone" | "upkeep">,
  files: readonly Artifact[],
): Timetable {
  const ours = files
    .filter(({ path }) => path.startsWith("/etc/cron.d/"))
    .flatMap(({ content }) => (typeof content === "string" ? content.split("\n") : []))
    .flatMap((line) => jobOf(line, files) ?? []);
  const timed = timerSchedules(files).map(({ schedule, program }) => job(schedule, program, files));
  const jobs = [...timed, ...ours, ...dailyReboot(upkeep)].sort(byFrequency);
  return { timezone, offset: offsetInWords(timezone), jobs };
}

// A line of DShield's own crontab, the only one that the settings decide.
function dailyReboot(upkeep: Plan["upkeep"]): readonly Job[] {
  const schedule = upkeep?.dailyReboot ?? "off";
  if (schedule === "off") return [];
  const isKnown = schedule !== "keep";
  return [
    {
      schedule: isKnown ? schedule : "",
      when: isKnown ? whenInWords(schedule) : "once a day",
      command: "reboot",
      does: `Upstream's daily reboot${isKnown ? "" : ", at a time that its installer chooses"}.`,
      runsByHour: isKnown ? runsByHour(schedule) : [],
      isDaily: true,
    },
  ];
}

// The most frequent jobs first, then by time of day; jobs at boot last.
function byFrequency(a: Job, b: Job): number {
  const runs = ({ runsByHour }: Job) => runsByHour.reduce((sum, each) => sum + each, 0);
  return runs(b) - runs(a) || (a.when < b.when ? -1 : 1);
}

function runsByHour(schedule: string): readonly number[] {
  const minutes = minutesOfDay(schedule);
  if (minutes.length === 0) return [];
  return Array.from(
    { length: 24 },
    (_, hour) => minutes.filter((minute) => Math.floor(minute / 60) === hour).length,
  );
}

// A line of a system crontab: a schedule, a user, a command. Other lines (variables, comments) are skipped.
function jobOf(line: string, files: readonly Artifact[]): Job | undefined {
  const [, schedule, command] =
    /^(@[a-z]+|(?:[\d*][^\s=]*\s+)(?:\S+\s+){3}\S+)\s+\S+\s+(.*)$/.exec(line) ?? [];
  if (schedule === undefined || command === undefined) return undefined;
  return job(schedule, command.split(/\s*(?:\d*>|\|)/)[0]?.trim() ?? "", files);
}

function job(schedule: string, program: string, files: readonly Artifact[]): Job {
  const [path = ""] = program.split(" ");
  const script = files.find((file) => file.path === path)?.content;
  return {
    schedule,
    when: whenInWords(schedule),
    command: program.replace(/^\S*\//, ""),
    does: typeof script === "string" ? firstComment(script) : program,
    runsByHour: runsByHour(schedule),
    isDaily: !schedule.startsWith("@") && readCron(schedule).isDaily,
  };
}

// At two fixed moments, so that the result does not depend on the current date.
function offsetInWords(timezone: string): string {
  const [january, july] = ["2026-01-15T12:00:00Z", "2026-07-15T12:00:00Z"].map((moment) =>
    offsetAt(timezone, moment),
  );
  return january === july ? `${january}` : `${january}, in July ${july}`;
}

function offsetAt(timezone: string, moment: string): string {
  const parts = new Intl.DateTimeFormat("en", {
    timeZone: timezone,
    timeZoneName: "longOffset",
  }).formatToParts(new Date(moment));
  const name = parts.find(({ type }) => type === "timeZoneName")?.value ?? "";
  return name.replace("GMT", "UTC").replace("+00:00", "");
}
