import type { Disk } from "../explanation.ts";
import type { Markup } from "../markup.ts";
import { gigabytes } from "../words.ts";
import { figure, label, line, picture, polygon } from "./shapes.ts";

const days = 90;
const left = 34;
const right = 238;
const top = 18;
const bottom = 158;
const labelGap = 13;

type Part = { readonly name: string; readonly on: (day: number) => number };

/** The disk over the next 90 days, if everything is kept as long as the settings say, against its limit. */
export function diskUse(disk: Disk, table: string): Markup {
  const { neededGigabytes, availableGigabytes } = disk;
  const parts = partsOf(disk);
  const most = Math.max(neededGigabytes, availableGigabytes ?? 0) * 1.05;
  const x = (day: number) => left + ((right - left) * day) / days;
  const y = (amount: number) => bottom - ((bottom - top) * amount) / most;
  const below = (index: number, day: number) =>
    parts.slice(0, index).reduce((sum, part) => sum + part.on(day), 0);
  const every = Array.from({ length: days + 1 }, (_, day) => day);
  const names = spread(
    parts.map(({ name, on }, index) => ({
      words: `${name} ${gigabytes(on(days))}`,
      y: (y(below(index, days)) + y(below(index + 1, days))) / 2,
    })),
  );
  const limit =
    availableGigabytes === undefined ? [] : [limitLine(y(availableGigabytes), availableGigabytes)];
  return figure(
    picture(
      { title: "Use of the disk over the next 90 days", table, height: bottom + 18 },
      parts.map((_, index) =>
        polygon(
          [
            ...every.map((day) => [x(day), y(below(index + 1, day))] as const),
            ...every.toReversed().map((day) => [x(day), y(below(index, day))] as const),
          ],
          `area shade-${index}`,
        ),
      ),
      names.flatMap(({ words, y: to, wanted }) => [
        line(right + 1, wanted, right + 10, to, "leader"),
        label(right + 12, to + 4, words),
      ]),
      amounts(most).map((amount) =>
        label(left - 4, y(amount) + 4, String(amount), { anchor: "end", look: "soft" }),
      ),
      [0, 30, 60, 90].map((day) =>
        label(x(day), bottom + 13, day === 0 ? "today" : `day ${day}`, { anchor: "middle", look: "soft" }),
      ),
      line(left, top, left, bottom, "axis"),
      line(left, bottom, right, bottom, "axis"),
      label(0, 10, "GB", { look: "soft" }),
      limit.flat(),
    ),
    [
      captionOf(
        disk,
        fullDayOf(disk, (day) => below(parts.length, day)),
      ),
    ],
  );
}

function partsOf(disk: Disk): readonly Part[] {
  const { captureMegabytesPerDay: daily, captureDays, archivedDays, systemGigabytes, spoolGigabytes } = disk;
  const kept = (keptDays: number) => (day: number) => (Math.min(day, keptDays) * daily) / 1000;
  const all: readonly Part[] = [
    { name: "system", on: () => systemGigabytes },
    { name: "spool", on: () => spoolGigabytes },
    { name: "captures", on: kept(captureDays) },
    { name: "archives", on: kept(archivedDays) },
  ];
  return all.filter(({ on }) => on(days) > 0);
}

function limitLine(y: number, amount: number): readonly Markup[] {
  return [
    line(left, y, right, y, "limit"),
    label(left + 4, y - 4, `limit ${gigabytes(amount)}`, { look: "strong" }),
  ];
}

// The first day above the limit, also after the days of the picture; afterwards nothing grows.
function fullDayOf(
  { availableGigabytes = Number.POSITIVE_INFINITY, captureDays, archivedDays }: Disk,
  useOn: (day: number) => number,
): number | undefined {
  const growing = Array.from({ length: Math.max(captureDays, archivedDays) + 1 }, (_, day) => day);
  return growing.find((day) => useOn(day) > availableGigabytes);
}

function captionOf(
  { availableGigabytes, maxUsedPercent, sizeGigabytes }: Disk,
  full: number | undefined,
): string {
  if (availableGigabytes === undefined)
    return "The limit is unknown, because disk.size_gigabytes is not set.";
  const limit = `The limit is ${maxUsedPercent} % of ${sizeGigabytes} GB.`;
  return full === undefined
    ? limit
    : `${limit} The estimate is above it from day ${full}; then the oldest captures are deleted earlier.`;
}

// Labels below each other without overlap, each as near to its place as possible.
function spread(labels: readonly { readonly words: string; readonly y: number }[]) {
  let lowest = bottom + labelGap;
  const placed = labels.map(({ words, y: wanted }) => {
    lowest = Math.min(wanted, lowest - labelGap);
    return { words, wanted, y: lowest };
  });
  const tooHigh = Math.max(0, top - (placed.at(-1)?.y ?? top));
  return placed.map((each) => ({ ...each, y: each.y + tooHigh }));
}

function amounts(most: number): readonly number[] {
  const power = 10 ** Math.floor(Math.log10(most / 2));
  const step = [1, 2, 5, 10].map((times) => times * power).find((each) => most / each <= 5) ?? most;
  return Array.from({ length: Math.floor(most / step) }, (_, index) =>
    Number(((index + 1) * step).toPrecision(6)),
  );
}
