/**
 * A script's description: the comment that begins on its second line, without shellcheck directives. Steps and tasks
 * are described only there.
 */
export function firstComment(script: string): string {
  const [, ...lines] = script.split("\n");
  const end = lines.findIndex((line) => !line.startsWith("# ") || line.startsWith("# shellcheck "));
  return lines
    .slice(0, end)
    .map((line) => line.slice(2).trim())
    .join(" ");
}
