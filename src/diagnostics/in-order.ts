import type { Diagnostic } from "./diagnostic.ts";

/**
 * Sorts diagnostics by their place in the file, those without a place first, and removes duplicates: a problem in
 * `defaults` that thirty sensors inherit is reported once.
 */
export function inOrder(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  const distinct = new Map<string, Diagnostic>();
  for (const diagnostic of diagnostics) {
    const { code, range, message } = diagnostic;
    const identity = `${code} ${range?.start} ${range?.end} ${message}`;
    if (!distinct.has(identity)) distinct.set(identity, diagnostic);
  }
  return [...distinct.values()].sort(
    (a, b) =>
      (a.range?.start ?? -1) - (b.range?.start ?? -1) ||
      (a.range?.end ?? -1) - (b.range?.end ?? -1) ||
      (a.code < b.code ? -1 : Number(a.code > b.code)),
  );
}
