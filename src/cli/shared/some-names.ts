/** The first five names for a hint, and dots if there are more. */
export function someNames(names: readonly string[]): string {
  return `${names.slice(0, 5).join(", ")}${names.length > 5 ? ", ..." : ""}`;
}
