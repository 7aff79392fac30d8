/**
 * What a script says of itself: the comment that begins on its second line, without what it says to shellcheck. The
 * one place where a step or a task is described.
 */
export function firstComment(script: string): string {
  const [, ...lines] = script.split("\n");
  const end = lines.findIndex((line) => !line.startsWith("# ") || line.startsWith("# shellcheck "));
  return lines
    .slice(0, end)
    .map((line) => line.slice(2).trim())
    .join(" ");
}
