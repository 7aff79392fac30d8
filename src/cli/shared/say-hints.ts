import type { Streams } from "./streams.ts";

/** Says the hints of the failures among some results, each once. */
export function sayHints(
  results: readonly { readonly failure: { readonly hint: string | undefined } | undefined }[],
  streams: Streams,
): void {
  for (const hint of new Set(results.flatMap(({ failure }) => failure?.hint ?? [])))
    streams.say(`  = help: ${hint}`);
}
