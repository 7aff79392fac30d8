import { setImmediate } from "node:timers/promises";
import { exitCode } from "../../diagnostics/exit-code.ts";
import { priceText } from "../../ec2/price.ts";
import { explain } from "../../explain/explain.ts";
import type { Explanation } from "../../explain/explanation.ts";
import { overview } from "../../explain/overview.ts";
import { pageMark, renderHtml } from "../../explain/render-html.ts";
import { plainExplanations } from "../../explain/render-json.ts";
import { renderOverview } from "../../explain/render-overview.ts";
import { renderText } from "../../explain/render-text.ts";
import { readRelease } from "../../load/read-release.ts";
import type { Plan } from "../../plan/plan.ts";
import type { Context } from "../shared/context.ts";
import { exitCodes } from "../shared/exit.ts";
import { checkMayReplacePage } from "../shared/may-replace-page.ts";
import { openSettings } from "../shared/open-settings.ts";
import { counted } from "../shared/progress.ts";
import { replaceFile } from "../shared/replace-file.ts";
import { reportDiagnostics } from "../shared/report.ts";
import { sizeProblems } from "../shared/size-problems.ts";
import type { ExplainOptions } from "./options.ts";

/**
 * Explains every sensor, or the named ones; needs no secret. As text, several sensors are an overview, and only named
 * ones are also explained in full. Returns the exit code.
 */
export async function explainFile(
  file: string,
  { sensor, format, html }: ExplainOptions,
  { streams, signal }: Context,
): Promise<number> {
  if (html !== undefined) await checkMayReplacePage(html, pageMark, "explain");
  const loaded = await openSettings(file, { sensor, format }, { readSecrets: false }, streams);
  const { sensors } = loaded;
  const plans = sensors.map(({ plan }) => plan);
  const many = plans.length < 2 ? undefined : overview(plans, priceOf(plans));
  const textOptions = { width: streams.widthOfResult, color: streams.colorOfResult };
  if (many !== undefined && format === "text" && html === undefined && sensor === undefined) {
    const tooLarge = await sizeProblems(sensors, { streams, signal });
    reportDiagnostics(tooLarge, loaded.source, format, streams);
    streams.result(renderOverview(many, textOptions));
    streams.say(`One sensor in full: sensorbake explain ${file} --sensor ${plans[0]?.name}`);
    return exitCode(tooLarge, { strict: false });
  }
  const release = await readRelease();
  const explanations: Explanation[] = [];
  for (const plan of counted(plans, "explaining", "sensors", streams.status)) {
    // Explaining is synchronous; yield so that Ctrl-C is handled.
    await setImmediate();
    signal.throwIfAborted();
    explanations.push(explain(plan, release));
  }
  if (html !== undefined) {
    await replaceFile(html, renderHtml(explanations, many), 0o644);
    streams.say(
      `${html}: explains ${explanations.length === 1 ? "1 sensor" : `${explanations.length} sensors`}`,
    );
  }
  if (format === "json") streams.json(plainExplanations(explanations, many));
  else if (format === "html") streams.result(renderHtml(explanations, many));
  else if (html === undefined)
    streams.result(
      `${many ? `${renderOverview(many, textOptions)}\n\n` : ""}${renderText(explanations, textOptions)}`,
    );
  return explanations.some(({ size }) => size.form === "too large") ? exitCodes.settings : exitCodes.fine;
}

function priceOf(plans: readonly Plan[]): string | undefined {
  const machines = plans.flatMap(({ ec2 }) => ec2 ?? []);
  return machines.length === 0 ? undefined : `EC2: ${priceText(machines)}`;
}
