/** The first three names of a list, and the number of the others, e.g. `a, b, c and 7 more`. */
export function firstOf(names: readonly string[]): string {
  const first = names.slice(0, 3).join(", ");
  return names.length > 3 ? `${first} and ${names.length - 3} more` : first;
}
