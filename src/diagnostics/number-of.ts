/** A number of things: `1 sensor`, `1,000 sensors`. */
export function numberOf(count: number, thing: string): string {
  return `${thousands(count)} ${thing}${count === 1 ? "" : "s"}`;
}

/** A whole number with separated thousands. */
export function thousands(count: number): string {
  // The first use of Intl costs `check` an eighth of its time.
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}
