/** Text of a machine that is attacked, as printable ASCII, cut after 200 characters. */
export function printable(text: string): string {
  const cleaned = text
    .slice(0, 1000)
    .replace(/\s+/g, " ")
    .replace(/[^\x20-\x7e]/g, "?")
    .trim();
  return cleaned.length > 200 ? `${cleaned.slice(0, 197)}...` : cleaned;
}
