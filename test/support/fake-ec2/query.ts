/** The parameters of a request in EC2's Query protocol, as a tree: `TagSpecification.1.Tag.2.Key` is a list in a list. */
export type Query = { [key: string]: Query | string };

export function parseQuery(body: string): Query {
  const root: Query = {};
  for (const [key, value] of new URLSearchParams(body)) {
    const path = key.split(".");
    const last = path.pop() ?? "";
    let node = root;
    for (const part of path) {
      node[part] ??= {};
      // A key is either a value or a map, never both.
      node = node[part] as Query;
    }
    node[last] = value;
  }
  return root;
}

/** The members of a list, in order; what is absent is empty. */
export function listOf(value: Query | string | undefined): readonly (Query | string)[] {
  if (value === undefined || typeof value === "string") return [];
  return Object.keys(value)
    .sort((a, b) => Number(a) - Number(b))
    .flatMap((key) => value[key] ?? []);
}

export function mapsOf(value: Query | string | undefined): readonly Query[] {
  return listOf(value).flatMap((item) => (typeof item === "string" ? [] : [item]));
}

export function textsOf(value: Query | string | undefined): readonly string[] {
  return listOf(value).flatMap((item) => (typeof item === "string" ? [item] : []));
}

export function textOf(value: Query | string | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
