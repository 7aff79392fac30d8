/**
 * The keys above an offset in YAML that is being typed and may not parse: `["sensors", "", "admin"]`, where `""` is an
 * entry of a list. `isValue`: the last key's value begins here. `start`: where the word at the offset begins.
 * The patterns look at each word only from its beginning, so that a long line takes linear time.
 */
export function pathAt(
  text: string,
  offset: number,
): { readonly path: readonly string[]; readonly isValue: boolean; readonly start: number } {
  const lines = text.slice(0, offset).split("\n");
  const above: Level[] = [];
  for (const line of lines.slice(0, -1)) enter(above, line, true);
  const line = lines.at(-1) ?? "";
  const start = offset - (/(?<![\w+-])[\w+-]*$/.exec(line)?.[0].length ?? 0);
  const rest = enter(above, line.slice(0, line.length - (offset - start)), false);
  const { path, key } = inLine(rest);
  const all = [...above.map((level) => level.key), ...path];
  return { path: key === undefined ? all : [...all, key], isValue: key !== undefined, start };
}

type Level = { readonly column: number; readonly key: string };

// Changes the levels to those after the beginning of a line, and returns the rest of it.
function enter(levels: Level[], line: string, isWhole: boolean): string {
  const bare = line.trim();
  if (isWhole && (bare === "" || bare.startsWith("#"))) return "";
  let column = line.length - line.trimStart().length;
  let rest = line.slice(column);
  for (let dash = /^-(?:\s+|$)/.exec(rest); dash; dash = /^-(?:\s+|$)/.exec(rest)) {
    leave(levels, (level) => level.column > column || (level.column === column && level.key === ""));
    levels.push({ column, key: "" });
    column += dash[0].length;
    rest = rest.slice(dash[0].length);
  }
  leave(levels, (level) => level.column >= column);
  const key = /^["']?([\w+-]+)["']?\s*:(?=\s|$)/.exec(rest)?.[1];
  if (isWhole && key !== undefined) levels.push({ column, key });
  return rest;
}

function leave(levels: Level[], isLeft: (level: Level) => boolean): void {
  for (let last = levels.at(-1); last !== undefined && isLeft(last); last = levels.at(-1)) levels.pop();
}

// The keys in one line: `admin: {user: x, ssh_port: ` is in `admin`, after `ssh_port`.
function inLine(text: string): { readonly path: readonly string[]; readonly key: string | undefined } {
  const open: string[][] = [];
  let key: string | undefined;
  for (const [token, name] of text.matchAll(/["']?(?<![\w+-])([\w+-]+)["']?\s*:(?=\s|$)|[{}[\],]/g)) {
    if (name !== undefined) key = name;
    else if (token === "{" || token === "[") {
      open.push([...(key === undefined ? [] : [key]), ...(token === "[" ? [""] : [])]);
      key = undefined;
    } else {
      if (token !== ",") open.pop();
      key = undefined;
    }
  }
  return { path: open.flat(), key };
}
