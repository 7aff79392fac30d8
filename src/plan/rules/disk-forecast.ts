import { forecast } from "../forecast.ts";
import type { Rule } from "../rule.ts";

/** Compares the forecast with the disk, if the settings give its size. */
export const diskForecast: Rule = ({ plan, writerOf }) => {
  const { captureMegabytesPerDay, maxUsedPercent } = plan.disk;
  const { archivedDays, neededGigabytes, availableGigabytes, systemGigabytes, spoolGigabytes } =
    forecast(plan);
  if (availableGigabytes === undefined || neededGigabytes <= availableGigabytes) return [];
  const setting = [
    ["capture", "keep_days"],
    ["backup", "keep_days"],
  ].find((path) => writerOf(path) !== "built-in");
  const total = Math.floor(
    ((availableGigabytes - systemGigabytes - spoolGigabytes) * 1000) / captureMegabytesPerDay,
  );
  return [
    {
      code: "disk/forecast",
      at: setting ?? ["disk", "size_gigabytes"],
      message:
        `captures of ${plan.capture.keepDays} days${archivedDays > 0 ? ` and archives of ${archivedDays}` : ""} need about ${round(neededGigabytes)} GB ` +
        `at ${captureMegabytesPerDay} MB a day; ${maxUsedPercent} % of the disk is ${round(availableGigabytes)} GB`,
      hint: `${fitting(total, plan.capture.keepDays, archivedDays)}; otherwise the oldest captures are deleted early`,
    },
  ];
};

/** The settings to change so that captures and archives fit into that many days. A value below its share stays. */
function fitting(total: number, captureDays: number, archivedDays: number): string {
  const isArchived = archivedDays > 0;
  if (total < (isArchived ? 2 : 1)) return "the disk is too small even for one day";
  const half = Math.floor(total / 2);
  const captures = isArchived
    ? Math.min(captureDays, Math.max(half, total - archivedDays))
    : Math.min(captureDays, total);
  const archives = Math.min(archivedDays, total - captures);
  const changes = [
    ...(captures < captureDays ? [`capture.keep_days: ${captures}`] : []),
    ...(archives < archivedDays ? [`backup.keep_days: ${archives}`] : []),
  ];
  return `these values fit: ${changes.join(", ")}`;
}

function round(gigabytes: number): string {
  return String(Math.round(gigabytes * 10) / 10);
}
