import { structuredPatch } from "diff";
import { visible } from "../../diagnostics/visible.ts";

/** A unified diff of two texts, safe to print. */
export function renderDiff(
  file: string,
  before: string,
  after: string,
  options: { readonly color: boolean },
): string {
  const paint = (color: number, line: string) => (options.color ? `\u001b[${color}m${line}\u001b[39m` : line);
  const shown = (line: string) => line.replace(/\r$/, "").split("\t").map(visible).join("\t");
  const lines = structuredPatch(file, file, before, after, "", "", { context: 3 }).hunks.flatMap((hunk) => [
    paint(36, `@@ -${hunk.oldStart},${hunk.oldLines} +${hunk.newStart},${hunk.newLines} @@`),
    ...hunk.lines.map((line) => {
      if (line.startsWith("+")) return paint(32, shown(line));
      return line.startsWith("-") ? paint(31, shown(line)) : shown(line);
    }),
  ]);
  const name = visible(file);
  return `${[`--- ${name}`, `+++ ${name}`, ...lines].join("\n")}\n`;
}
