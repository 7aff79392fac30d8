/** What a script says of itself: the comment on its second line. The one place where a step or a task is described. */
export function firstComment(script: string): string {
  const [, second = ""] = script.split("\n", 2);
  return second.startsWith("# ") ? second.slice(2).trim() : "";
}
