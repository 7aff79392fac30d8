import type { Job } from "../explanation.ts";
import { html, type Markup } from "../markup.ts";
import { minutesOfDay } from "../schedule-words.ts";
import { figure, label, line, picture, pictureWidth, rounded } from "./shapes.ts";

const minutesPerDay = 1440;
const centre = pictureWidth / 2;
const rim = 156;
const dotRadius = 7.5;
// Runs with at most this gap are one arc.
const arcGap = 60;

type Arc = { readonly from: number; readonly to: number };
type Numbered = {
  readonly number: number;
  readonly job: Job;
  readonly minutes: readonly number[];
  readonly arcs: readonly Arc[];
};

/** A day as a clock of 24 hours. Jobs have the numbers of their rows in the timetable. */
export function clock(jobs: readonly Job[], table: string): Markup {
  const numbered = jobs.map((job, index) => {
    const minutes = minutesOf(job);
    return { number: index + 1, job, minutes, arcs: arcsOf(minutes) };
  });
  const isAllDay = ({ minutes }: Numbered) => minutes.length > 0 && widestGap(minutes) <= arcGap;
  const allDay = numbered.filter(isAllDay);
  const rings = ringsOf(numbered.filter((each) => each.minutes.length > 0 && !isAllDay(each)));
  return figure(
    picture(
      { title: "The timetable on a clock of 24 hours", table, height: pictureWidth },
      face(),
      rings.flatMap((ring, index) =>
        ring.flatMap(({ number, job, arcs }) =>
          arcs.map((arc) => mark(number, arc, radiusOf(index, rings.length), job.isDaily)),
        ),
      ),
      middle(allDay),
    ),
    caption(
      numbered,
      rings.flat().flatMap(({ arcs }) => arcs),
    ),
  );
}

function minutesOf({ schedule }: Job): readonly number[] {
  return schedule === "" ? [] : minutesOfDay(schedule);
}

function widestGap(minutes: readonly number[]): number {
  const last = (minutes.at(-1) ?? 0) - minutesPerDay;
  return Math.max(...minutes.map((minute, index) => minute - (minutes[index - 1] ?? last)));
}

// Jobs share a ring if their marks do not touch. The frequent ones come first and are outside, where there is room.
function ringsOf(jobs: readonly Numbered[]): readonly (readonly Numbered[])[] {
  const rings: Numbered[][] = [];
  for (const numbered of jobs) {
    const free = rings.find((ring, index) =>
      ring.every((other) =>
        numbered.arcs.every((arc) => other.arcs.every((next) => areApart(arc, next, index))),
      ),
    );
    if (free === undefined) rings.push([numbered]);
    else free.push(numbered);
  }
  return rings;
}

function arcsOf(minutes: readonly number[]): readonly Arc[] {
  const arcs: { from: number; to: number }[] = [];
  for (const minute of minutes) {
    const last = arcs.at(-1);
    if (last !== undefined && minute - last.to <= arcGap) last.to = minute;
    else arcs.push({ from: minute, to: minute });
  }
  return arcs;
}

function areApart(a: Arc, b: Arc, ring: number): boolean {
  const needed = ((2 * dotRadius + 1) / radiusOf(ring, 1)) * (minutesPerDay / (2 * Math.PI));
  const between = (from: Arc, to: Arc) => (to.from - from.to + minutesPerDay) % minutesPerDay;
  const isOverlap = a.from <= b.to && b.from <= a.to;
  return !isOverlap && between(a, b) >= needed && between(b, a) >= needed;
}

// The innermost ring leaves room for the middle.
function radiusOf(ring: number, rings: number): number {
  return rim - 14 - ring * Math.min(2 * dotRadius + 2, (rim - 74) / Math.max(1, rings - 1));
}

function at(minute: number, radius: number): { readonly x: number; readonly y: number } {
  const angle = (2 * Math.PI * minute) / minutesPerDay;
  return { x: centre + radius * Math.sin(angle), y: centre - radius * Math.cos(angle) };
}

function face(): readonly Markup[] {
  const hours = Array.from({ length: 24 }, (_, hour) => hour);
  return [
    html`<circle cx="${centre}" cy="${centre}" r="${rim}" class="face"/>
`,
    ...hours.map((hour) => {
      const [outer, inner] = [at(60 * hour, rim), at(60 * hour, rim - 4)];
      return line(inner.x, inner.y, outer.x, outer.y, "tick");
    }),
    ...hours
      .filter((hour) => hour % 2 === 0)
      .map((hour) => {
        const { x, y } = at(60 * hour, rim + 12);
        return label(x, y + 4, String(hour), { anchor: "middle", look: "soft" });
      }),
  ];
}

function mark(number: number, { from, to }: Arc, radius: number, isDaily: boolean): Markup {
  const [first, last] = [at(from, radius), at(to, radius)];
  const isLong = to - from > minutesPerDay / 2;
  const arc =
    from === to
      ? html``
      : html`<path d="M${rounded(first.x)} ${rounded(first.y)}A${rounded(radius)} ${rounded(radius)} 0 ${isLong ? 1 : 0} 1 ${rounded(last.x)} ${rounded(last.y)}" class="arc"/>
`;
  return html`${arc}${dot(number, first.x, first.y, isDaily)}`;
}

function dot(number: number, x: number, y: number, isDaily: boolean): Markup {
  return html`<circle cx="${rounded(x)}" cy="${rounded(y)}" r="${dotRadius}" class="${isDaily ? "fill" : "open"}"/>
${label(x, y + 3.2, String(number), { anchor: "middle", look: isDaily ? "number on" : "number" })}`;
}

const dotsInRow = 5;

function middle(jobs: readonly Numbered[]): readonly Markup[] {
  if (jobs.length === 0) return [];
  const rows = Math.ceil(jobs.length / dotsInRow);
  const top = centre - (rows * 18) / 2 + 4;
  return [
    label(centre, top - 5, "all day", { anchor: "middle", look: "soft" }),
    ...jobs.map(({ number, job }, index) => {
      const inRow = Math.min(dotsInRow, jobs.length - Math.floor(index / dotsInRow) * dotsInRow);
      const x = centre + ((index % dotsInRow) - (inRow - 1) / 2) * 18;
      return dot(number, x, top + 9 + Math.floor(index / dotsInRow) * 18, job.isDaily);
    }),
  ];
}

function caption(jobs: readonly Numbered[], arcs: readonly Arc[]): readonly (Markup | string)[] {
  const absent = jobs.filter(({ minutes }) => minutes.length === 0);
  const isSeldom = jobs.some(({ job, minutes }) => !job.isDaily && minutes.length > 0);
  const hasArc = arcs.some(({ from, to }) => from < to);
  return [
    "The numbers are those of the table. ",
    ...(isSeldom ? [sign(dot(1, 8, 8, false)), " Not every day. "] : []),
    ...(hasArc ? [sign(html`<path d="M1 8H15" class="arc"/>`), " At least once an hour. "] : []),
    ...(absent.length === 0
      ? []
      : [`Not on the clock: ${absent.map(({ number, job }) => `${number} (${job.when})`).join(", ")}.`]),
  ];
}

function sign(shape: Markup): Markup {
  return html`<svg class="sign" viewBox="0 0 16 16" aria-hidden="true">${shape}</svg>`;
}
