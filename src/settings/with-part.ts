import { isMap, type Node, Pair, Scalar, YAMLMap } from "yaml";
import { pairOf } from "./locate.ts";

/** A value of the settings, and its node for the position. */
export type Part = { readonly value: unknown; readonly node: Node | null | undefined };

/**
 * A copy of a map of settings with another value for one key, which is added if it is missing. The new value has the
 * position of the old one; without one, key and value have the position of `beside`.
 */
export function withPart(
  { value, node: map }: Part,
  key: string,
  part: Part,
  beside = key,
): { readonly value: unknown; readonly node: YAMLMap<Node, Node | null> } {
  const node = new YAMLMap<Node, Node | null>();
  if (isMap<Node, Node | null>(map)) {
    const written = pairOf(map, key);
    const place = written ?? pairOf(map, beside);
    const name = new Scalar(key);
    name.range = place?.key.range ?? null;
    if (part.node) part.node.range = place?.value?.range ?? null;
    const pair = new Pair<Node, Node | null>(name, part.node ?? null);
    node.range = map.range ?? null;
    node.items =
      written === undefined ? [...map.items, pair] : map.items.map((one) => (one === written ? pair : one));
  }
  return { value: Object.assign(Object.create(null), value, { [key]: part.value }), node };
}
