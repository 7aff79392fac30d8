import { forecast } from "../forecast.ts";
import type { Rule } from "../rule.ts";

/** Compares what is kept with the disk, when the settings say how large it is. */
export const diskForecast: Rule = ({ plan, writerOf }) => {
  const { captureMegabytesPerDay, maxUsedPercent } = plan.disk;
  const { archivedDays, neededGigabytes, availableGigabytes, systemGigabytes, spoolGigabytes } =
    forecast(plan);
  if (availableGigabytes === undefined || neededGigabytes <= availableGigabytes) return [];
  const setting = [
    ["capture", "keep_days"],
    ["backup", "keep_days"],
  ].find((path) => writerOf(path) !== "nobody");
  const total = Math.floor(
    ((availableGigabytes - systemGigabytes - spoolGigabytes) * 1000) / captureMegabytesPerDay,
  );
  return [
    {
      code: "disk/forecast",
      at: setting ?? ["disk", "size_gigabytes"],
      message:
        `captures of ${plan.capture.keepDays} days${archivedDays > 0 ? ` and archives of ${archivedDays}` : ""} need about ${round(neededGigabytes)} GB ` +
        `at ${captureMegabytesPerDay} MB a day; ${maxUsedPercent} % of the disk are ${round(availableGigabytes)} GB`,
      hint: `${fitting(total, plan.capture.keepDays, archivedDays)}; the oldest captures go first when the disk is full`,
    },
  ];
};

/** The settings to change so that what is kept fits into so many days of captures. What is below its share stays. */
function fitting(total: number, captureDays: number, archivedDays: number): string {
  const isArchived = archivedDays > 0;
  if (total < (isArchived ? 2 : 1)) return "not even one day fits on this disk";
  const half = Math.floor(total / 2);
  const captures = isArchived
    ? Math.min(captureDays, Math.max(half, total - archivedDays))
    : Math.min(captureDays, total);
  const archives = Math.min(archivedDays, total - captures);
  const changes = [
    ...(captures < captureDays ? [`capture.keep_days: ${captures}`] : []),
    ...(archives < archivedDays ? [`backup.keep_days: ${archives}`] : []),
  ];
  return `these fit: ${changes.join(", ")}`;
}

function round(gigabytes: number): string {
  return String(Math.round(gigabytes * 10) / 10);
}
