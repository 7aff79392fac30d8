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
  const days = Math.max(
    1,
    Math.floor(
      ((availableGigabytes - systemGigabytes - spoolGigabytes) * 1000) /
        captureMegabytesPerDay /
        (archivedDays > 0 ? 2 : 1),
    ),
  );
  return [
    {
      code: "disk/forecast",
      at: setting ?? ["disk", "size_gigabytes"],
      message:
        `captures of ${plan.capture.keepDays} days${archivedDays > 0 ? ` and archives of ${archivedDays}` : ""} need about ${round(neededGigabytes)} GB ` +
        `at ${captureMegabytesPerDay} MB a day; ${maxUsedPercent} % of the disk are ${round(availableGigabytes)} GB`,
      hint: `about ${days} ${days === 1 ? "day fits" : "days fit"}; the oldest captures go first when the disk is full`,
    },
  ];
};

function round(gigabytes: number): string {
  return String(Math.round(gigabytes * 10) / 10);
}
