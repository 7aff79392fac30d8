import { applyArchive } from "../../artifacts/apply-archive.ts";
import { compile, type Release } from "../../artifacts/compile.ts";
import { inParallel } from "../../concurrency/in-parallel.ts";
import { OutsideError } from "../../diagnostics/outside-error.ts";
import { visible } from "../../diagnostics/visible.ts";
import { readRelease } from "../../load/read-release.ts";
import { type Change, forgetChange, makeChange, planChange } from "../../machines/change-machine.ts";
import { changesNothing } from "../../machines/change-plan.ts";
import { sendDelivery } from "../../machines/send-delivery.ts";
import type { Destination } from "../../machines/ssh.ts";
import type { Plan } from "../../plan/plan.ts";
import { confirm } from "../shared/confirm.ts";
import type { Context } from "../shared/context.ts";
import { changesExitCode, exitCodes, UsageError } from "../shared/exit.ts";
import { destinationFinder, unknownAddress } from "../shared/find-destination.ts";
import { openSettings } from "../shared/open-settings.ts";
import { type Progress, showProgress } from "../shared/progress.ts";
import { sayHints } from "../shared/say-hints.ts";
import { totals } from "../shared/totals.ts";
import { type Login, readLogin } from "./login.ts";
import type { ApplyOptions } from "./options.ts";
import { renderPlan } from "./render-plan.ts";
import { renderWork, type Work, workJson } from "./work.ts";

/** Plans, asks and changes: one machine first, then several at a time. Returns the exit code. */
export async function apply(file: string, options: ApplyOptions, context: Context): Promise<number> {
  const numbers = readNumbers(options);
  const login = readLogin(options.login);
  const loaded = await openSettings(file, options, { readSecrets: true }, context.streams);
  const find = await destinationFinder(
    { login: login.address, address: options.address, tofu: options.tofu },
    loaded.sensors,
    context.signal,
  );
  const release = await readRelease();
  const progress = showProgress(context.streams.status);
  const all: Work[] = loaded.sensors.map((sensor) => ({ sensor, result: "not begun", failure: undefined }));
  try {
    return await planAndChange(all, { options, numbers, login, find, release, progress }, context);
  } finally {
    progress.end();
    if (!options.dryRun) await forget(all);
  }
}

type Task = {
  readonly options: ApplyOptions;
  readonly numbers: Numbers;
  readonly login: Login;
  readonly find: (plan: Plan) => Promise<Destination | undefined>;
  readonly release: Release;
  readonly progress: Progress;
};

async function planAndChange(
  all: readonly Work[],
  { options, numbers, login, find, release, progress }: Task,
  context: Context,
): Promise<number> {
  const { streams, signal } = context;
  const isBatch = all.length > 1;
  // A single machine may ask questions on the terminal, for example about its host key.
  const isPlanned = isBatch ? progress.count("planning", all.length, "sensors") : () => {};
  await inParallel(all, numbers.parallel, (work) =>
    attempt(work, async () => {
      const { plan, secrets } = work.sensor;
      const to = await find(plan);
      if (to === undefined) throw unknownAddress(plan, "apply");
      work.change = { from: { ...to, ...login }, to, archive: applyArchive(plan, secrets, release) };
      const limits = { waitSeconds: numbers.wait, keeps: !options.dryRun };
      const run = { signal, isBatch, say: saying(work, context) };
      work.plan = await planChange(work.change, run, limits);
      work.result = changesNothing(work.plan) ? "unchanged" : "planned";
    }).finally(isPlanned),
  );
  const planned = all.filter(({ result }) => result === "planned");
  const isEmpty = planned.length === 0;
  showPlans(all, options, context);
  if (isEmpty || options.dryRun)
    return answer(all, options, context, isEmpty ? exitCodes.fine : dryRunCode(options));
  // A delivery replaces nothing.
  const changes = planned.filter(({ plan }) => plan?.machine !== "waiting").length;
  if (changes > 0 && !options.yes && !(await confirm(questionFor(changes), signal))) {
    streams.say("nothing was changed");
    return exitCodes.fine;
  }
  await changeAll(planned, { numbers, release, progress }, context);
  return answer(all, options, context, exitCodes.fine);
}

// Ctrl-C begins no further machine, and finishes those that were begun.
async function changeAll(
  planned: readonly Work[],
  {
    numbers: { parallel, maxFailures, wait, revertAfter },
    release,
    progress,
  }: Pick<Task, "numbers" | "release" | "progress">,
  context: Context,
): Promise<void> {
  const [first, ...others] = planned;
  const isBatch = planned.length > 1;
  const failures = () => planned.filter(({ result }) => result === "failed").length;
  const mayBegin = () => failures() < maxFailures && !context.signal.aborted;
  const never = new AbortController().signal;
  const onInterrupt = () => {
    const count = planned.filter(({ isRunning }) => isRunning).length;
    if (count === 0) return;
    context.streams.say(
      `interrupted: finishing ${count === 1 ? "1 machine" : `${count} machines`}; after a second Ctrl-C they revert the change by themselves`,
    );
  };
  context.signal.addEventListener("abort", onInterrupt);
  const isDone = isBatch ? progress.count("changing", planned.length, "sensors") : () => {};
  const one = (work: Work) =>
    attempt(work, async () => {
      const { change, plan } = work;
      if (change === undefined || plan === undefined) return;
      work.isRunning = true;
      const run = { signal: never, isBatch, say: saying(work, context) };
      if (plan.machine === "waiting") {
        await deliverTo(work, change, release, { ...run, waitSeconds: wait });
        work.result = "delivered";
        return;
      }
      await makeChange(change, run, revertAfter);
      work.result = "changed";
    }).finally(() => {
      work.isRunning = false;
      isDone();
    });
  if (first !== undefined && mayBegin()) await one(first);
  if (mayBegin()) await inParallel(others, parallel, one, mayBegin);
  progress.end();
  context.signal.removeEventListener("abort", onInterrupt);
  for (const work of planned) if (work.result === "planned") work.result = "not begun";
}

async function deliverTo(
  { sensor }: Work,
  { from }: Change,
  release: Release,
  options: Parameters<typeof sendDelivery>[2],
): Promise<void> {
  const compiled = compile(sensor.plan, sensor.secrets, release);
  if (compiled.kind === "too-large" || compiled.delivery === undefined)
    throw new OutsideError(
      "the machine waits for a delivery over SSH, but the settings have another delivery",
      "set delivery: ssh in its entry",
    );
  await sendDelivery(from, compiled.delivery, options);
}

// An outside failure is this sensor's result.
async function attempt(work: Work, body: () => Promise<void>): Promise<void> {
  try {
    await body();
  } catch (error) {
    if (!(error instanceof OutsideError)) throw error;
    work.result = "failed";
    work.failure = error;
  }
}

async function forget(all: readonly Work[]): Promise<void> {
  const left = all.filter(({ plan, result }) => plan !== undefined && result !== "changed");
  const isBatch = all.length > 1;
  await inParallel(left, 8, async ({ change }) => {
    if (change !== undefined) await forgetChange(change, { isBatch });
  });
}

function saying({ sensor }: Work, { streams }: Context): (line: string) => void {
  return (line) => streams.say(`${sensor.plan.name}: ${visible(line.trimEnd())}`);
}

function showPlans(all: readonly Work[], options: ApplyOptions, { streams }: Context): void {
  if (options.format === "json") return;
  // Without --dry-run, the plan is for reading before the answer; the results follow.
  const show = options.dryRun ? streams.print : (text: string) => streams.say(text.trimEnd());
  for (const { sensor, change, plan } of all)
    if (change !== undefined && plan !== undefined)
      show(renderPlan(sensor.plan.name, change.from.address, plan));
}

function questionFor(count: number): string {
  return count === 1 ? "Change this machine?" : `Change these ${count} machines?`;
}

function dryRunCode({ detailedExitcode }: ApplyOptions): number {
  return detailedExitcode ? changesExitCode : exitCodes.fine;
}

function answer(
  all: readonly Work[],
  options: ApplyOptions,
  { streams, signal }: Context,
  fine: number,
): number {
  if (options.format === "json") streams.json({ sensors: all.map(workJson) });
  else {
    const isPlan = options.dryRun && all.every(({ result }) => result !== "failed");
    if (!isPlan) streams.print(renderWork(all));
    if (all.length > 1) streams.say(totals("sensor", all, ({ result }) => result));
  }
  sayHints(all, streams);
  if (signal.aborted) return exitCodes.interrupted;
  return all.some(({ result }) => result === "failed" || (result === "not begun" && !options.dryRun))
    ? exitCodes.outside
    : fine;
}

type Numbers = {
  readonly wait: number;
  readonly revertAfter: number;
  readonly parallel: number;
  readonly maxFailures: number;
};

function readNumbers({
  wait,
  revertAfter,
  parallel,
  maxFailures,
  dryRun,
  detailedExitcode,
}: ApplyOptions): Numbers {
  if (detailedExitcode && !dryRun) throw new UsageError("--detailed-exitcode requires --dry-run");
  const read = (name: string, text: string, least: number): number => {
    if (!/^\d{1,6}$/.test(text) || Number(text) < least)
      throw new UsageError(`${name} must be a whole number from ${least}`, `${name} 4`);
    return Number(text);
  };
  return {
    wait: read("--wait", wait, 0),
    revertAfter: read("--revert-after", revertAfter, 30),
    parallel: read("--parallel", parallel, 1),
    maxFailures: read("--max-failures", maxFailures, 1),
  };
}
