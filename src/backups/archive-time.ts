/**
 * The time at which an archive was made, from the date in its name (`2026-11-24_03-00-00`) and the sensor's time zone;
 * `undefined` if the calendar has no such date.
 */
export function archiveTime(date: string, timezone: string): Date | undefined {
  const [day = "", time = ""] = date.split("_");
  const iso = `${day}T${time.replaceAll("-", ":")}.000Z`;
  const local = new Date(iso).getTime();
  if (Number.isNaN(local) || new Date(local).toISOString() !== iso) return undefined;
  // Twice, because the first offset may be that of another time of the year.
  const about = local - offsetAt(local, timezone);
  return new Date(local - offsetAt(about, timezone));
}

function offsetAt(moment: number, timezone: string): number {
  const parts = new Intl.DateTimeFormat("en-US", {
    timeZone: timezone,
    hourCycle: "h23",
    year: "numeric",
    month: "numeric",
    day: "numeric",
    hour: "numeric",
    minute: "numeric",
    second: "numeric",
  }).formatToParts(moment);
  const part = (type: string) => Number(parts.find((one) => one.type === type)?.value);
  const shown = Date.UTC(
    part("year"),
    part("month") - 1,
    part("day"),
    part("hour"),
    part("minute"),
    part("second"),
  );
  return shown - moment;
}
