/** A duration in its largest unit: `5 min`, `3 h`, `12 d`. */
export function duration(seconds: number): string {
  if (seconds < 2 * 3600) return `${Math.floor(seconds / 60)} min`;
  return seconds < 48 * 3600 ? `${Math.floor(seconds / 3600)} h` : `${Math.floor(seconds / 86_400)} d`;
}
