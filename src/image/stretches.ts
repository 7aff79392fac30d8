/** A range of bytes in a file. */
export type Stretch = { readonly start: number; readonly end: number };

/** The parts of the ranges between two bytes. */
export function within(stretches: readonly Stretch[], from: number, until: number): readonly Stretch[] {
  return stretches
    .map(({ start, end }) => ({ start: Math.max(start, from), end: Math.min(end, until) }))
    .filter(({ start, end }) => start < end);
}

/** The union of the ranges, in order. */
export function united(stretches: readonly Stretch[]): readonly Stretch[] {
  const all: { start: number; end: number }[] = [];
  for (const { start, end } of [...stretches].sort((a, b) => a.start - b.start)) {
    const last = all.at(-1);
    if (last !== undefined && start <= last.end) last.end = Math.max(last.end, end);
    else all.push({ start, end });
  }
  return all;
}
