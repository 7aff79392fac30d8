import type { Rule } from "../rule.ts";

/** What a Debian with a sensor's packages and logs occupies, in gigabytes: an estimate. */
const systemGigabytes = 4;

/**
 * Compares what is kept with the disk, when the settings say how large it is. An archive of a day's captures
 * counts as much as the captures: most of what a honeypot sees does not compress.
 */
export const diskForecast: Rule = ({ plan, writerOf }) => {
  const { sizeGigabytes, maxUsedPercent, captureMegabytesPerDay } = plan.disk;
  if (sizeGigabytes === undefined) return [];
  const archivedDays = plan.backup.sets.includes("dumps") ? plan.backup.keepDays : 0;
  const needed = ((plan.capture.keepDays + archivedDays) * captureMegabytesPerDay) / 1000 + systemGigabytes;
  const available = (sizeGigabytes * maxUsedPercent) / 100;
  if (needed <= available) return [];
  const setting = [
    ["capture", "keep_days"],
    ["backup", "keep_days"],
  ].find((path) => writerOf(path) !== "nobody");
  const days = Math.max(
    1,
    Math.floor(((available - systemGigabytes) * 1000) / captureMegabytesPerDay / (archivedDays > 0 ? 2 : 1)),
  );
  return [
    {
      code: "disk/forecast",
      at: setting ?? ["disk", "size_gigabytes"],
      message:
        `captures of ${plan.capture.keepDays} days${archivedDays > 0 ? ` and archives of ${archivedDays}` : ""} need about ${round(needed)} GB ` +
        `at ${captureMegabytesPerDay} MB a day; ${maxUsedPercent} % of the disk are ${round(available)} GB`,
      hint: `about ${days} ${days === 1 ? "day fits" : "days fit"}; the oldest captures go first when the disk is full`,
    },
  ];
};

function round(gigabytes: number): string {
  return String(Math.round(gigabytes * 10) / 10);
}
