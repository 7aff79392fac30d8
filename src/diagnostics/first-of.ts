/** The first names of a list, and the number of the others, e.g. `a, b, c and 7 more`. */
export function firstOf(names: readonly string[], count = 3): string {
  const first = names.slice(0, count).join(", ");
  return names.length > count ? `${first} and ${names.length - count} more` : first;
}
