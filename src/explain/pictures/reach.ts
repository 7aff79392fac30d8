import type { Port } from "../explanation.ts";
import type { Markup } from "../markup.ts";
import { whileRescueIsOpen } from "../ports.ts";
import { box, figure, label, line, lineHeight, picture, pictureWidth, polygon, wrapped } from "./shapes.ts";

const padding = 5;
const gap = 8;
const sourceWidth = 116;
const portLeft = 186;
// More networks are only in the table.
const mostNames = 4;

type Node = { readonly lines: readonly string[]; readonly top: number; readonly height: number };
type Way = { readonly port: number; readonly isRescue: boolean };
type Source = { readonly names: readonly string[]; readonly ways: readonly Way[] };

/** A map: who on the left can reach which port on the right. */
export function reach(ports: readonly Port[], table: string): Markup {
  const sources = sourcesOf(ports);
  const portNodes = stacked(
    ports.map(({ to, from, serves }) => [
      ...wrapped(to, pictureWidth - portLeft - 2 * padding),
      ...wrapped(from.length === 0 ? `closed: ${serves}` : serves, pictureWidth - portLeft - 2 * padding),
    ]),
  );
  const sourceNodes = stacked(
    sources.map(({ names }) => namesShown(names).flatMap((name) => wrapped(name, sourceWidth - 2 * padding))),
  );
  const height = Math.max(heightOf(portNodes), heightOf(sourceNodes));
  const down = (height - heightOf(portNodes)) / 2;
  const sourcesDown = (height - heightOf(sourceNodes)) / 2;
  const middle = (node: Node | undefined, shift: number) =>
    (node?.top ?? 0) + shift + (node?.height ?? 0) / 2;
  const isClosed = (index: number) => ports[index]?.from.length === 0;
  return figure(
    picture(
      { title: "Who can reach which port", table, height },
      sources.flatMap(({ ways }, index) =>
        ways.flatMap(({ port, isRescue }) =>
          arrow(middle(sourceNodes[index], sourcesDown), middle(portNodes[port], down), isRescue),
        ),
      ),
      sourceNodes.flatMap((node) => drawn(node, 0.5, sourceWidth, sourcesDown, "card")),
      portNodes.flatMap((node, index) =>
        drawn(node, portLeft, pictureWidth - portLeft - 0.5, down, isClosed(index) ? "closed" : "card"),
      ),
    ),
    [
      ports.some((_, index) => isClosed(index)) ? "A dashed box is closed to everyone." : "",
      sources.some(({ ways }) => ways.some(({ isRescue }) => isRescue))
        ? " A dashed arrow holds only while the rescue is open."
        : "",
    ],
  );
}

// Networks that reach the same ports are one source.
function sourcesOf(ports: readonly Port[]): readonly Source[] {
  const waysOf = new Map<string, Way[]>();
  for (const [port, { from }] of ports.entries())
    for (const written of new Set(from)) {
      const isRescue = written.startsWith(whileRescueIsOpen);
      const name = isRescue ? written.slice(whileRescueIsOpen.length) : written;
      waysOf.set(name, [...(waysOf.get(name) ?? []), { port, isRescue }]);
    }
  const sources = new Map<string, { names: string[]; ways: readonly Way[] }>();
  for (const [name, ways] of waysOf) {
    const key = ways.map(({ port, isRescue }) => `${port}${isRescue}`).join();
    const alike = sources.get(key);
    if (alike === undefined) sources.set(key, { names: [name], ways });
    else alike.names.push(name);
  }
  // In the order of their ports, so that few arrows cross.
  const place = ({ ways }: Source) => ways.reduce((sum, { port }) => sum + port, 0) / ways.length;
  return [...sources.values()].sort((a, b) => place(a) - place(b));
}

function namesShown(names: readonly string[]): readonly string[] {
  if (names.length <= mostNames) return names;
  return [...names.slice(0, mostNames - 1), `and ${names.length - mostNames + 1} more`];
}

function stacked(texts: readonly (readonly string[])[]): readonly Node[] {
  let top = 0.5;
  return texts.map((lines) => {
    const node = { lines, top, height: lines.length * lineHeight + 2 * padding };
    top += node.height + gap;
    return node;
  });
}

function heightOf(nodes: readonly Node[]): number {
  const last = nodes.at(-1);
  return last === undefined ? 0 : last.top + last.height + 0.5;
}

function drawn(
  { lines, top, height }: Node,
  x: number,
  width: number,
  down: number,
  look: string,
): readonly Markup[] {
  return [
    box(x, top + down, width, height, look),
    ...lines.map((words, index) => label(x + padding, top + down + padding + 11 + index * lineHeight, words)),
  ];
}

function arrow(fromY: number, toY: number, isRescue: boolean): readonly Markup[] {
  const head = portLeft - 7;
  return [
    line(sourceWidth, fromY, head, toY, isRescue ? "arrow rescue" : "arrow"),
    polygon(
      [
        [head, toY - 3.5],
        [portLeft - 1, toY],
        [head, toY + 3.5],
      ],
      "head",
    ),
  ];
}
