import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { renderJson } from "../diagnostics/render-json.ts";
import { renderText } from "../diagnostics/render-text.ts";
import type { Source } from "../settings/source.ts";
import { exitCodes } from "./end.ts";

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

/** 1 when there is an error, or with `strict` a warning; else 0. */
export function exitOf(diagnostics: readonly Diagnostic[], strict: boolean): number {
  const isBad = diagnostics.some(({ severity }) => severity === "error" || strict);
  return isBad ? exitCodes.settings : exitCodes.fine;
}
