import { setTimeout as sleep } from "node:timers/promises";
import packageFile from "../../../package.json" with { type: "json" };
import { OutsideError } from "../../diagnostics/outside-error.ts";
import { visible } from "../../diagnostics/visible.ts";
import { renderTable } from "../../ec2/render-table.ts";
import type { Context } from "../shared/context.ts";
import { exitCodes, UsageError } from "../shared/exit.ts";
import { destinationFinder } from "../shared/find-destination.ts";
import { checkMayReplacePage } from "../shared/may-replace-page.ts";
import { openSettings } from "../shared/open-settings.ts";
import { showProgress } from "../shared/progress.ts";
import { replaceFile } from "../shared/replace-file.ts";
import { mostHints } from "../shared/say-hints.ts";
import type { Streams } from "../shared/streams.ts";
import type { Ec2State } from "./ec2.ts";
import type { StatusOptions } from "./options.ts";
import { readFleet, type SensorState } from "./read-fleet.ts";
import { fleetJson } from "./render-json.ts";
import { pageMark, renderPage } from "./render-page.ts";
import { renderHealth } from "./render-table.ts";
import { differencesOf, differencesText, exitCodeOfFleet, totalText } from "./summary.ts";

/** Shows the health of the sensors, once or until Ctrl-C; changes nothing on them. Returns the exit code. */
export async function status(file: string, options: StatusOptions, context: Context): Promise<number> {
  const { streams, signal } = context;
  const seconds = wholeSeconds(options.timeout, "--timeout 30");
  const pause =
    options.watch === undefined
      ? undefined
      : wholeSeconds(options.watch === true ? "60" : options.watch, "--watch 60");
  if (pause !== undefined && (options.format === "json" || !streams.resultIsTerminal))
    throw new UsageError("--watch requires a terminal", "run the command repeatedly instead");
  if (options.html !== undefined) await checkMayReplacePage(options.html, pageMark, "status");
  const loaded = await openSettings(file, options, { readSecrets: true, secretsFor: "ec2" }, streams);
  // Without sensors on EC2 its SDK is not loaded.
  const isOnEc2 = loaded.sensors.some(({ plan }) => plan.target === "ec2" && plan.ec2 !== undefined);
  const readEc2 = isOnEc2
    ? await (await import("./ec2.ts")).openEc2(file, loaded, options, streams)
    : undefined;
  let exit: number | undefined;
  const progress = showProgress(streams.status);
  try {
    for (;;) {
      const reading = readEc2?.();
      const find = await destinationFinder(options, loaded.sensors, signal, reading?.addressesIn);
      const onAnswer = progress.count("asking", loaded.sensors.length, "sensors");
      const states = await readFleet(loaded.sensors, find, packageFile.version, {
        signal,
        seconds,
        onAnswer,
      });
      const ec2 = await reading?.state();
      exit = (ec2?.failures.length ?? 0) > 0 ? exitCodes.outside : exitCodeOfFleet(states);
      const round: Round = { states, ec2 };
      if (options.html !== undefined)
        await replaceFile(options.html, renderPage(states, { time: new Date(), ec2 }), 0o600);
      if (pause === undefined) {
        if (options.format === "json") streams.json(jsonOf(round));
        else show(round, streams);
        return exit;
      }
      const { text, help } = textOf(round, streams);
      const every = `every ${pause} s, last at ${new Date().toISOString().slice(11, 19)} UTC; Ctrl-C ends`;
      streams.print(`\u001b[H\u001b[2J${text}${help.map((line) => `${line}\n`).join("")}\n${every}\n`);
      await sleep(pause * 1000, undefined, { signal });
    }
  } catch (error) {
    progress.end();
    if (pause !== undefined && exit !== undefined && signal.aborted) return exit;
    throw error;
  }
}

/** The answers of one time. */
type Round = { readonly states: readonly SensorState[]; readonly ec2: Ec2State | undefined };

function show(round: Round, streams: Streams): void {
  const { text, help } = textOf(round, streams);
  streams.print(text);
  for (const line of help) streams.say(line);
  streams.result(round.ec2?.hostKeys ?? "");
}

function textOf({ states, ec2 }: Round, streams: Streams) {
  const width = streams.resultIsTerminal ? streams.widthOfResult : undefined;
  const differences = differencesText(differencesOf(states));
  const parts = [
    renderHealth(states, { width, color: streams.colorOfResult }),
    `\n${totalText(states)}\n`,
    differences === "" ? "" : `${differences}\n`,
    ec2 === undefined || ec2.rows.length === 0 ? "" : `\n${renderTable(ec2.heads, ec2.rows)}`,
  ];
  return { text: parts.join(""), help: helpOf(states, ec2?.failures ?? []) };
}

/** The failures of EC2, and the hints for sensors that do not answer. */
function helpOf(states: readonly SensorState[], failures: readonly OutsideError[]): readonly string[] {
  const inRegions = new Set(failures.flatMap(({ hint }) => hint ?? []));
  const ofSensors = states.flatMap(({ plan, answer }) =>
    answer instanceof OutsideError && answer.hint !== undefined && !inRegions.has(answer.hint)
      ? [`${plan.name}: ${answer.hint}`]
      : [],
  );
  const hints = [...inRegions, ...ofSensors];
  return [
    ...failures.map(({ message }) => `EC2: ${visible(message)}`),
    ...hints.slice(0, mostHints).map((hint) => `  = help: ${visible(hint)}`),
    ...(hints.length > mostHints
      ? [`  = help: and ${hints.length - mostHints} more with --format json`]
      : []),
  ];
}

function jsonOf({ states, ec2 }: Round): object {
  return {
    schema: 1,
    ...fleetJson(states),
    ec2: ec2?.json ?? [],
    failures: ec2?.failures.map(({ message }) => message) ?? [],
  };
}

function wholeSeconds(text: string, example: string): number {
  if (!/^[1-9]\d{0,4}$/.test(text))
    throw new UsageError(`${example.split(" ")[0]} must be a whole number of seconds`, example);
  return Number(text);
}
