import { applyLaunch, type Outcome } from "../../ec2/apply-launch.ts";
import { type Answer, dryRun } from "../../ec2/dry-run.ts";
import {
  changesNothing,
  isAsWanted,
  type LaunchPlan,
  type LaunchProblem,
  planLaunch,
} from "../../ec2/plan-launch.ts";
import { policy } from "../../ec2/policy.ts";
import { readRegion } from "../../ec2/read-region.ts";
import { isAlive, type Region } from "../../ec2/region.ts";
import { launchPlanJson } from "../../ec2/render-json.ts";
import { renderOutcomes, renderPlan, sshCommand } from "../../ec2/render-launch.ts";
import { renderTable } from "../../ec2/render-table.ts";
import type { Ec2Sensor } from "../../ec2/sensor.ts";
import { readRelease } from "../../load/read-release.ts";
import { checkBackups } from "../shared/check-backups.ts";
import { confirm } from "../shared/confirm.ts";
import type { Context } from "../shared/context.ts";
import { changesExitCode, exitCodes, UsageError } from "../shared/exit.ts";
import { destinationAt } from "../shared/find-destination.ts";
import { byRegion, compileFleet, type FleetSensor, inEachRegion, loadFleet } from "../shared/open-ec2.ts";
import { showProgress } from "../shared/progress.ts";
import { sayHints } from "../shared/say-hints.ts";
import type { Streams } from "../shared/streams.ts";
import { totals } from "../shared/totals.ts";
import { checkPrograms } from "./check-programs.ts";
import { type Delivered, deliver, renderDelivered } from "./deliver.ts";
import type { LaunchOptions } from "./options.ts";

/** Shows the plan, asks, applies it, and prints a table of the result; returns the exit code. */
export async function launch(
  file: string | undefined,
  options: LaunchOptions,
  { streams, signal }: Context,
): Promise<number> {
  if (options.printPolicy) {
    streams.result(`${JSON.stringify(policy(), null, 2)}\n`);
    return exitCodes.fine;
  }
  if (options.detailedExitcode && !options.dryRun)
    throw new UsageError("--detailed-exitcode requires --dry-run");
  if (file === undefined)
    throw new UsageError("the settings file is missing", "sensorbake launch sensors.yaml");
  const fleet = await loadFleet(file, { ...options, readSecrets: true }, streams);
  const sensors = await compileFleet(fleet, options, streams);

  const regions = await inEachRegion(byRegion(sensors), streams, async (client, name, some) => {
    const region = await readRegion(client, name, some);
    return { client, region, ...planLaunch(some, region, { replace: options.replace }) };
  });
  const plans = regions.map(({ plan }) => plan);
  const problems = regions.flatMap((region) => region.problems);
  const shown: Shown = {
    plans,
    problems,
    strays: strays(
      sensors,
      regions.map(({ region }) => region),
    ),
  };
  const isSound = problems.length === 0;
  if (options.dryRun && options.format === "text") streams.print(`${planText(shown)}\n`);
  if (!options.dryRun) streams.say(planText(shown));
  if (!plans.every(changesNothing))
    await checkPrograms(
      sensors.flatMap(({ programs }) => programs ?? []),
      file,
    );
  if (options.dryRun) {
    const answers = await Promise.all(
      regions.map(({ client, plan, region }) => dryRun(client, plan, region)),
    );
    return answerDryRun(shown, answers.flat(), options, streams);
  }
  if (!plans.every(changesNothing)) {
    const lost = plans.flatMap(({ sensors }) =>
      sensors.flatMap(({ does, instance }) => (does === "replace" && instance ? [instance] : [])),
    );
    await checkBackups(lost, fleet.sensors, file, options);
    if (!options.yes && !(await confirm("Apply this plan?", signal))) {
      streams.say("nothing was changed");
      return exitCodes.fine;
    }
  }
  const progress = showProgress(streams.status);
  const count = (label: string, total: number) => progress.count(label, total, "instances");
  const run = { tell: streams.say, count, signal };
  const outcomes = await Promise.all(
    regions.map(({ client, plan, region }) => applyLaunch(client, plan, region, run)),
  ).finally(progress.end);
  const exit = answer(outcomes.flat(), sensors, isSound, options, { streams, signal });
  const waiting = waitingFor(outcomes.flat(), sensors);
  if (waiting.length === 0 || signal.aborted) return exit;
  if (!options.apply) {
    sayHowToSend(waiting, file, streams);
    return exit;
  }
  const isSent = await send(waiting, fleet.sensors, file, { streams, signal });
  return isSent ? exit : exitCodes.outside;
}

// The machines made in this run that wait for their programs and secrets.
function waitingFor(outcomes: readonly Outcome[], sensors: readonly Ec2Sensor[]): readonly Outcome[] {
  const delivered = new Set(sensors.filter(({ isDelivered }) => isDelivered).map(({ name }) => name));
  return outcomes.filter(
    ({ sensor, did }) => delivered.has(sensor) && (did === "launched" || did === "replaced"),
  );
}

function sayHowToSend(waiting: readonly Outcome[], file: string, streams: Streams): void {
  const names = waiting.map(({ sensor }) => sensor);
  const words = names.map((name) => ` --sensor ${name}`).join("");
  streams.say(`${names.join(", ")}: waiting for programs and secrets, which this command sends over SSH:`);
  streams.say(`  sensorbake apply ${file}${words}`);
}

// Each in turn: ssh may ask about a host key. A machine needs a minute or two until its admin port answers.
async function send(
  waiting: readonly Outcome[],
  fleet: readonly FleetSensor[],
  file: string,
  context: Context,
): Promise<boolean> {
  const { streams, signal } = context;
  const release = await readRelease();
  const all: Delivered[] = [];
  for (const [index, { sensor: name, address }] of waiting.entries()) {
    const sensor = fleet.find(({ plan }) => plan.name === name);
    if (sensor === undefined || signal.aborted) continue;
    streams.say(`${name} (${index + 1} of ${waiting.length}): sending programs and secrets over SSH`);
    all.push(await deliver(sensor, async () => destinationAt(sensor.plan, address), release, 600, context));
  }
  streams.say(renderDelivered(all).trimEnd());
  sayHints(all, streams);
  const unsent = waiting.filter(
    ({ sensor }) => !all.some((one) => one.sensor === sensor && one.result !== "failed"),
  );
  if (unsent.length > 0) sayHowToSend(unsent, file, streams);
  return unsent.length === 0;
}

type Shown = {
  readonly plans: readonly LaunchPlan[];
  readonly problems: readonly LaunchProblem[];
  readonly strays: readonly Stray[];
};

/** An instance of a sensor in another region than the settings name. */
type Stray = {
  readonly sensor: string;
  readonly instance_id: string;
  readonly region: string;
  readonly settings_region: string;
};

// Regions that the file no longer names are not searched.
function strays(sensors: readonly Ec2Sensor[], regions: readonly Region[]): readonly Stray[] {
  const homes = new Map(sensors.map(({ name, ec2 }) => [name, ec2.region]));
  return regions.flatMap(({ name, instances }) =>
    instances.filter(isAlive).flatMap(({ id, sensor }) => {
      const home = homes.get(sensor);
      return home === undefined || home === name
        ? []
        : [{ sensor, instance_id: id, region: name, settings_region: home }];
    }),
  );
}

function planText({ plans, problems, strays }: Shown): string {
  return [
    renderPlan(plans),
    ...problems.flatMap(({ sensor, message, hint }) => [
      `  x ${sensor}: ${message}`,
      ...(hint === undefined ? [] : [`    = help: ${hint}`]),
    ]),
    ...strays.map(
      ({ sensor, instance_id, region, settings_region }) =>
        `  ! ${sensor}: ${instance_id} is in ${region}, but the settings name ${settings_region}; destroy removes both`,
    ),
  ]
    .filter((text) => text !== "")
    .join("\n");
}

function answersText(answers: readonly Answer[]): string {
  const rows = answers.map(({ region, action, what, failure }) => [
    region,
    action,
    what,
    failure === undefined ? "yes" : `no: ${failure.message}`,
  ]);
  return renderTable(["REGION", "CALL", "RESOURCE", "ALLOWED"], rows);
}

function answerDryRun(
  { plans, problems, strays }: Shown,
  answers: readonly Answer[],
  { format, detailedExitcode }: LaunchOptions,
  streams: Streams,
): number {
  const isSame = plans.every(isAsWanted) && strays.length === 0;
  if (format === "json")
    streams.json({
      changes: !isSame,
      regions: plans.map(launchPlanJson),
      problems: problems.map(({ sensor, message, hint }) => ({ sensor, message, hint: hint ?? null })),
      strays,
      answers: answers.map(({ region, action, what, failure }) => ({
        region,
        action,
        what,
        failure: failure?.message ?? null,
      })),
    });
  else if (answers.length > 0) streams.print(`\n${answersText(answers)}`);
  sayHints(answers, streams);
  streams.say("nothing was changed");
  if (problems.length > 0 || answers.some(({ failure }) => failure !== undefined)) return exitCodes.outside;
  return detailedExitcode && !isSame ? changesExitCode : exitCodes.fine;
}

function answer(
  outcomes: readonly Outcome[],
  sensors: readonly Ec2Sensor[],
  isSound: boolean,
  { format }: LaunchOptions,
  { streams, signal }: Context,
): number {
  const byName = new Map(sensors.map((sensor) => [sensor.name, sensor]));
  if (format === "json") streams.json({ sensors: outcomes.map((one) => plainOutcome(one, byName)) });
  else streams.print(renderOutcomes(outcomes, byName));
  if (outcomes.length > 1) streams.say(totals("sensor", outcomes, ({ did }) => did));
  const failures = outcomes.flatMap(({ failure }) => failure ?? []);
  sayHints(outcomes, streams);
  if (signal.aborted) {
    streams.say("interrupted: the table shows the existing resources; run launch again to continue");
    return exitCodes.interrupted;
  }
  if (failures.length > 0)
    streams.say("run launch again to retry the failed parts; existing resources are kept");
  return failures.length === 0 && isSound && outcomes.every(({ did }) => did !== "interrupted")
    ? exitCodes.fine
    : exitCodes.outside;
}

function plainOutcome(
  { sensor, region, did, instance, address, failure }: Outcome,
  sensors: ReadonlyMap<string, Ec2Sensor>,
): object {
  return {
    sensor,
    region,
    did,
    instance_id: instance?.id ?? null,
    state: instance?.state ?? null,
    address: address ?? null,
    ssh: sshCommand(sensors.get(sensor), address) || null,
    failure: failure?.message ?? null,
  };
}
