type Table = Readonly<Record<string, string | number | boolean | readonly string[]>>;

/**
 * Writes the subset of TOML that rpi-preseed's parser reads: single-line basic strings with only the escapes `\\\\` and
 * `\\"`, whole numbers, booleans, and single-line arrays of strings (in multi-line ones it stops at a `]` in a string).
 */
export function stringifyToml(document: Readonly<Record<string, string | Table>>): string {
  return Object.entries(document)
    .map(([key, value]) =>
      typeof value === "string"
        ? `${key} = ${quoted(value)}\n`
        : `\n[${key}]\n${Object.entries(value)
            .map(([name, item]) => `${name} = ${written(item)}\n`)
            .join("")}`,
    )
    .join("");
}

function written(value: Table[string]): string {
  if (typeof value === "string") return quoted(value);
  return typeof value === "object" ? `[${value.map(quoted).join(", ")}]` : String(value);
}

function quoted(text: string): string {
  if (!/^[\x20-\x7e\u00a0-\ufffd]*$/.test(text))
    throw new Error("rpi-preseed cannot read control characters");
  return `"${text.replace(/[\\"]/g, "\\$&")}"`;
}
