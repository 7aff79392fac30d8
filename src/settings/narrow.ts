/** A text in which the entries of other sensors are blank, and where in the list each entry stood that is left. */
export type Narrowed = { readonly text: string; readonly positions: readonly number[] };

/**
 * Blanks the entries of sensors that are not asked for: to parse a thousand entries takes ten times as long as all the
 * rest. Every other character keeps its offset. `undefined` where lines alone do not say where each entry begins and
 * what it is called, and where a sensor that is asked for is not found: the whole text has to be parsed then.
 */
export function narrow(text: string, names: readonly string[]): Narrowed | undefined {
  const entries = entriesOf(text);
  const found = new Set(entries.map(({ name }) => name));
  if (!names.every((name) => found.has(name))) return undefined;
  const positions = [...entries.keys()].filter((index) => {
    const name = entries[index]?.name;
    return name === undefined || names.includes(name);
  });
  const kept = positions.flatMap((index) => entries[index] ?? []);
  const [first, last] = [entries[0], entries.at(-1)];
  if (first === undefined || last === undefined || kept.length === entries.length) return undefined;
  let narrowed = text.slice(0, first.start);
  for (const { start, end } of kept) narrowed += blank(start - narrowed.length) + text.slice(start, end);
  return { text: narrowed + blank(last.end - narrowed.length) + text.slice(last.end), positions };
}

// One blank line, however many there were: the library looks at each line.
function blank(length: number): string {
  return length === 0 ? "" : `${" ".repeat(length - 1)}\n`;
}

/** An entry from its hyphen's line to the next one's; `name` where the entry begins with a plain one. */
type Entry = { readonly start: number; readonly end: number; readonly name: string | undefined };

// In a list of blocks, as it is usually written, all lines of an entry but its first are indented further than the
// hyphens: YAML demands it of quoted text and of lists in brackets, too.
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
    return { start, end: next, name: nameIn(text.slice(start, Math.min(next, start + 200))) };
  });
}

function nameIn(entry: string): string | undefined {
  return /^ *- +(?:\{ *)?name: +(["']?)([a-z0-9-]+)\1 *(?:[,}\n]|\r\n)/.exec(entry)?.[2];
}
