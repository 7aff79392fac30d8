import type { Streams } from "./streams.ts";

/** The most hints that a command prints: three hundred sensors may fail alike. */
export const mostHints = 6;

/** Says the hints of the failures among some results, each once. */
export function sayHints(
  results: readonly { readonly failure: { readonly hint: string | undefined } | undefined }[],
  streams: Streams,
): void {
  const hints = [...new Set(results.flatMap(({ failure }) => failure?.hint ?? []))];
  for (const hint of hints.slice(0, mostHints)) streams.say(`  = help: ${hint}`);
  if (hints.length > mostHints) streams.say(`  = help: and ${hints.length - mostHints} more like these`);
}
