import { numberOf, thousands } from "../../diagnostics/number-of.ts";

/**
 * How many things there are of each kind: `5 sensors: 1 changed, 4 failed`. `order` has all kinds; by default they have
 * the order in which they first occur.
 */
export function totals<Item>(
  thing: string,
  items: readonly Item[],
  kindOf: (item: Item) => string,
  order?: readonly string[],
): string {
  const kinds = items.map(kindOf);
  const parts = (order ?? [...new Set(kinds)]).flatMap((kind) => {
    const { length } = kinds.filter((each) => each === kind);
    return length === 0 ? [] : [`${thousands(length)} ${kind}`];
  });
  return `${numberOf(items.length, thing)}: ${parts.join(", ")}`;
}
