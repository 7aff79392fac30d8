import { thousands } from "../../diagnostics/number-of.ts";
import type { Size } from "../explanation.ts";
import type { Markup } from "../markup.ts";
import { box, figure, label, line, picture, pictureWidth, widthOf } from "./shapes.ts";

const top = 20;
const barHeight = 22;

/** The bytes of the user-data against the provider's limit. */
export function userDataUse({ bytes, limitBytes, features }: Size, table: string): Markup {
  const whole = Math.max(bytes, limitBytes ?? 0);
  const x = (amount: number) => (pictureWidth * amount) / whole;
  let end = 0;
  const parts = features.flatMap(({ feature, bytes: part }) => {
    const [begin, width] = [x(end), x(part)];
    end += part;
    return [
      box(begin, top, width, barHeight, "area"),
      ...(widthOf(feature) + 8 <= width ? [label(begin + 4, top + 15, feature)] : []),
    ];
  });
  const used = `${thousands(bytes)} bytes`;
  return figure(
    picture(
      { title: "Bytes of user-data and the provider's limit", table, height: top + barHeight + 18 },
      box(0, top, x(bytes), barHeight, "track"),
      parts,
      label(0, 12, used),
      limitBytes === undefined ? [] : limitMark(x(limitBytes), limitBytes),
    ),
    ["The parts have the order of the table, the largest first."],
  );
}

function limitMark(x: number, limitBytes: number): readonly Markup[] {
  return [
    line(x - 1, top - 4, x - 1, top + barHeight + 4, "limit"),
    label(x, top + barHeight + 15, `limit ${thousands(limitBytes)}`, {
      anchor: x < pictureWidth / 2 ? "start" : "end",
      look: "strong",
    }),
  ];
}
