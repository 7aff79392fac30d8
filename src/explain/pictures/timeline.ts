import type { Step } from "../explanation.ts";
import type { Markup } from "../markup.ts";
import { measuredOn, startSeconds } from "../step-seconds.ts";
import { box, figure, label, line, picture, pictureWidth, widthOf } from "./shapes.ts";

const rowHeight = 16;
const left = 104;
const right = pictureWidth - 4;

/** The first boot as a timeline: a bar for each measured step. The others have no length. */
export function timeline(steps: readonly Step[], table: string): Markup {
  const rows = placed([{ name: "system start", measuredSeconds: startSeconds }, ...steps]);
  const whole = rows.at(-1)?.end ?? startSeconds;
  const x = (seconds: number) => left + ((right - left) * seconds) / whole;
  const bottom = rows.length * rowHeight + 4;
  return figure(
    picture(
      { title: "Timeline of the first boot", table, height: bottom + 16 },
      minutes(whole).flatMap((minute) => [
        line(x(60 * minute), 0, x(60 * minute), bottom, "grid"),
        label(x(60 * minute), bottom + 12, String(minute), { anchor: "middle", look: "soft" }),
      ]),
      label(0, bottom + 12, "minutes", { look: "soft" }),
      rows.flatMap(({ name, begin, end, seconds }, index) => {
        const y = index * rowHeight;
        const words = seconds === undefined ? "not measured" : durationInWords(seconds);
        const isRightFree = x(end) + 4 + widthOf(words) <= pictureWidth;
        return [
          label(0, y + 12, name),
          seconds === undefined
            ? line(x(begin), y + 3, x(begin), y + 15, "open")
            : box(x(begin), y + 3, Math.max(1, x(end) - x(begin)), 12, "fill"),
          isRightFree
            ? label(x(end) + 4, y + 12, words, { look: "soft" })
            : label(x(begin) - 4, y + 12, words, { anchor: "end", look: "soft" }),
        ];
      }),
    ),
    [
      measuredOn,
      rows.some(({ seconds }) => seconds === undefined)
        ? " A dashed mark is a step that was not measured."
        : "",
    ],
  );
}

/** Seconds as people say them: `3 min 5 s`. */
export function durationInWords(seconds: number): string {
  const rest = seconds % 60;
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min${rest === 0 ? "" : ` ${rest} s`}`;
}

function placed(steps: readonly Pick<Step, "name" | "measuredSeconds">[]) {
  let end = 0;
  return steps.map(({ name, measuredSeconds: seconds }) => {
    const begin = end;
    end += seconds ?? 0;
    return { name, begin, end, seconds };
  });
}

function minutes(seconds: number): readonly number[] {
  const gap = Math.max(1, Math.ceil(seconds / 60 / 8));
  return Array.from({ length: Math.floor(seconds / 60 / gap) + 1 }, (_, index) => index * gap);
}
