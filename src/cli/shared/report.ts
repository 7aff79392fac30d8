import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { jsonDiagnostic } from "../../diagnostics/render-json.ts";
import { renderText } from "../../diagnostics/render-text.ts";
import type { Source } from "../../diagnostics/source.ts";
import type { Streams } from "./streams.ts";

/**
 * Reports problems beside a result: as text on standard error, or as part of the next result that `streams.json` prints.
 * On a terminal an empty line separates them from the result.
 */
export function reportDiagnostics(
  diagnostics: readonly Diagnostic[],
  source: Source,
  format: "text" | "json" | "html",
  streams: Streams,
): void {
  if (format === "json") streams.note(diagnostics.map((diagnostic) => jsonDiagnostic(diagnostic, source)));
  else if (diagnostics.length > 0) {
    const text = renderText(diagnostics, source, {
      color: streams.colorOfMessages,
      ...(streams.messagesAreTerminal && { width: streams.widthOfMessages }),
    });
    streams.say(streams.messagesAreTerminal ? text : text.trimEnd());
  }
}
