import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { renderJson } from "../../diagnostics/render-json.ts";
import { renderText } from "../../diagnostics/render-text.ts";
import type { Source } from "../../diagnostics/source.ts";
import type { Streams } from "./streams.ts";

/** Writes the problems as text or JSON; as text, nothing when there are none. */
export function report(
  diagnostics: readonly Diagnostic[],
  source: Source,
  format: "text" | "json",
  to: { readonly write: (text: string) => void; readonly color: boolean },
): void {
  if (format === "json") to.write(renderJson(diagnostics, source));
  else if (diagnostics.length > 0) to.write(renderText(diagnostics, source, { color: to.color }));
}

/** Tells the problems to whoever is there, beside a result that goes elsewhere. */
export function tellProblems(diagnostics: readonly Diagnostic[], source: Source, streams: Streams): void {
  report(diagnostics, source, "text", {
    write: (text) => streams.say(text.trimEnd()),
    color: streams.colorOfMessages,
  });
}
