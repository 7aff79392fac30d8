import { examples, newSettings, tables } from "sensorbake:examples";

/** Settings to start from. */
export type Example = {
  readonly name: string;
  readonly about: string;
  readonly text: string;
  /** The CSV file that it names. */
  readonly files: ReadonlyMap<string, Uint8Array>;
};

/** A new file and the examples of the package, without their first lines for other editors. */
export function allExamples(): readonly Example[] {
  const own = { name: "new", about: "A new file with comments, as `init` writes it.", files: new Map() };
  return [{ ...own, text: withoutModeline(newSettings) }, ...packaged()];
}

function packaged(): readonly Example[] {
  return examples.map(({ name, text }) => {
    const own = withoutModeline(text);
    const named = tables.filter((table) => own.includes(table.name));
    return {
      name,
      about: /^# (.*)/.exec(own)?.[1] ?? name,
      text: own,
      files: new Map(named.map((table) => [table.name, new TextEncoder().encode(table.text)])),
    };
  });
}

function withoutModeline(text: string): string {
  return text.replace(/^# yaml-language-server:.*\n/, "");
}
