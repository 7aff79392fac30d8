import { isInRange, type NameRange, nameRangeOf } from "./name-range.ts";

/** A text in which the entries of other sensors are blank, and the original list index of each remaining entry. */
export type Narrowed = { readonly text: string; readonly positions: readonly number[] };

/**
 * Blanks the entries of unselected sensors, because parsing a thousand entries takes ten times as long as all the rest.
 * Every other character keeps its offset. Returns `undefined` if the lines alone do not show where each entry begins and
 * its name, or if a selected sensor is not found: then the whole text must be parsed. In a text with `sensors_from`, a
 * selected sensor may be missing, because it may be in the CSV file.
 */
export function narrow(text: string, names: readonly string[]): Narrowed | undefined {
  const entries = entriesOf(text);
  const plain = new Set(entries.map(({ name }) => name));
  const ranges = entries.flatMap(({ range }) => range ?? []);
  const isFound = (name: string) => plain.has(name) || ranges.some((range) => isInRange(name, range));
  if (!names.every(isFound) && !/^sensors_from:/m.test(text)) return undefined;
  const positions = [...entries.keys()].filter((index) => {
    const { name, range } = entries[index] ?? {};
    if (range !== undefined) return names.some((wanted) => isInRange(wanted, range));
    return name === undefined || names.includes(name);
  });
  const kept = positions.flatMap((index) => entries[index] ?? []);
  const [first, last] = [entries[0], entries.at(-1)];
  if (first === undefined || last === undefined || kept.length === entries.length) return undefined;
  let narrowed = text.slice(0, first.start);
  for (const { start, end } of kept) narrowed += blank(start - narrowed.length) + text.slice(start, end);
  return { text: narrowed + blank(last.end - narrowed.length) + text.slice(last.end), positions };
}

// A single blank line instead of many, because the library processes each line.
function blank(length: number): string {
  return length === 0 ? "" : `${" ".repeat(length - 1)}\n`;
}

/** An entry from its hyphen's line to the next one's; `name` or `range` if the entry begins with a plain one. */
type Entry = {
  readonly start: number;
  readonly end: number;
  readonly name: string | undefined;
  readonly range: NameRange | undefined;
};

// In a usual block list, all lines of an entry except its first are indented further than the hyphens, as YAML requires
// also for quoted text and lists in brackets.
function entriesOf(text: string): readonly Entry[] {
  const head = /^sensors:[ ]*(?:#.*)?\r?\n/m.exec(text);
  if (head === null || /^(?:---|\.\.\.|%)/m.test(text)) return [];
  const starts: number[] = [];
  let indent: number | undefined;
  let end = text.length;
  const lines = /^( *)(-(?= |\r?$)|[^\s#])?.*\n?/gm;
  lines.lastIndex = head.index + head[0].length;
  for (let line = lines.exec(text); line?.[0]; line = lines.exec(text)) {
    const [, blanks = "", sign] = line;
    if (sign === undefined || (indent !== undefined && blanks.length > indent)) continue;
    indent ??= blanks.length;
    if (sign !== "-" || blanks.length < indent) {
      end = line.index;
      break;
    }
    starts.push(line.index);
  }
  if (end === text.length && !text.endsWith("\n")) return [];
  return starts.map((start, index) => {
    const next = starts[index + 1] ?? end;
    const name = nameIn(text.slice(start, Math.min(next, start + 200)));
    const range = name === undefined ? undefined : nameRangeOf(name);
    if (range === undefined) return { start, end: next, name, range };
    return { start, end: next, name: undefined, range: "message" in range ? undefined : range };
  });
}

function nameIn(entry: string): string | undefined {
  return /^ *- +(?:\{ *)?name: +(["']?)([a-z0-9-]+(?:\[[0-9]+-[0-9]+\][a-z0-9-]*)?|\[[0-9]+-[0-9]+\][a-z0-9-]+)\1 *(?:[,}\n]|\r\n)/.exec(
    entry,
  )?.[2];
}
