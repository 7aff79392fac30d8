import type { Artifact } from "../artifacts/artifact.ts";

/** What a timer starts, and when, as five cron fields. */
export type TimerSchedule = { readonly schedule: string; readonly program: string };

/** The timers on the sensor that start a program regularly; throws if a template has a schedule of another form. */
export function timerSchedules(files: readonly Artifact[]): readonly TimerSchedule[] {
  return files.flatMap(({ path, content }) => {
    const [, name] = /^(\/etc\/systemd\/system\/honeypot-.*)\.timer$/.exec(path) ?? [];
    const service = files.find((file) => file.path === `${name}.service`)?.content;
    if (typeof content !== "string" || typeof service !== "string") return [];
    return [{ schedule: schedule(path, content), program: /^ExecStart=(.*)$/m.exec(service)?.[1] ?? "" }];
  });
}

function schedule(path: string, timer: string): string {
  const [, period] = /^OnUnitInactiveSec=(\d+)min$/m.exec(timer) ?? [];
  if (period !== undefined) return `${period === "1" ? "*" : `*/${period}`} * * * *`;
  const [, day, hour = "*", minute] =
    /^OnCalendar=(?:([A-Z][a-z]{2}) )?(?:(\d+)|\*):(\d+)$/m.exec(timer) ?? [];
  if (minute === undefined)
    throw new Error(
      `explain cannot read the schedule of ${path}: write it as OnUnitInactiveSec=10min, OnCalendar=*:17 or OnCalendar=Sun 05:00`,
    );
  const weekday = day === undefined ? "*" : String(weekdays.indexOf(day));
  return `${Number(minute)} ${hour === "*" ? hour : Number(hour)} * * ${weekday}`;
}

const weekdays = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
