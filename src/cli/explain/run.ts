import { setImmediate } from "node:timers/promises";
import { explain } from "../../explain/explain.ts";
import type { Explanation } from "../../explain/explanation.ts";
import { pageMark, renderHtml } from "../../explain/render-html.ts";
import { plainExplanations } from "../../explain/render-json.ts";
import { renderText } from "../../explain/render-text.ts";
import { readRelease } from "../../load/read-release.ts";
import type { Context } from "../shared/context.ts";
import { exitCodes } from "../shared/exit.ts";
import { checkMayReplacePage } from "../shared/may-replace-page.ts";
import { openSettings } from "../shared/open-settings.ts";
import { replaceFile } from "../shared/replace-file.ts";
import type { ExplainOptions } from "./options.ts";

/** Explains every sensor, or one; needs no secret. Returns the exit code. */
export async function explainFile(
  file: string,
  { sensor, format, html }: ExplainOptions,
  { streams, signal }: Context,
): Promise<number> {
  if (html !== undefined) await checkMayReplacePage(html, pageMark, "explain");
  const loaded = await openSettings(file, { sensor, format }, { readSecrets: false }, streams);
  const release = await readRelease();
  const explanations: Explanation[] = [];
  for (const { plan } of loaded.sensors) {
    // Explaining is synchronous; yield so that Ctrl-C is handled.
    await setImmediate();
    signal.throwIfAborted();
    explanations.push(explain(plan, release));
  }
  if (html !== undefined) {
    await replaceFile(html, renderHtml(explanations), 0o644);
    streams.say(
      `${html}: explains ${explanations.length === 1 ? "1 sensor" : `${explanations.length} sensors`}`,
    );
  }
  if (format === "json") streams.json(plainExplanations(explanations));
  else if (format === "html") streams.result(renderHtml(explanations));
  else if (html === undefined)
    streams.result(renderText(explanations, { width: streams.widthOfResult, color: streams.colorOfResult }));
  return explanations.some(({ size }) => size.form === "too large") ? exitCodes.settings : exitCodes.fine;
}
