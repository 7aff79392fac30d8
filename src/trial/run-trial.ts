import { mkdir, mkdtemp, readFile, rm } from "node:fs/promises";
import { isIP } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Release } from "../artifacts/compile.ts";
import type { Secrets } from "../artifacts/payload.ts";
import { OutsideError } from "../diagnostics/outside-error.ts";
import { findAccelerator, thisHost } from "../emulation/accelerator.ts";
import { runProgram } from "../emulation/run-program.ts";
import { type VirtualMachine, virtualMachine } from "../emulation/virtual-machine.ts";
import { outgoing } from "../explain/outgoing.ts";
import type { Plan } from "../plan/plan.ts";
import { repositories } from "../plan/repositories.ts";
import { makeAttacks } from "./attacks/make-attacks.ts";
import { forwardedPorts } from "./attacks/scanned-ports.ts";
import type { Base } from "./base.ts";
import { changeSensor } from "./change-sensor.ts";
import { firstBootSeconds, waitForFirstBoot } from "./first-boot.ts";
import { type Attempt, openGateway, type Server } from "./gateway/gateway.ts";
import { mirrorsOf } from "./gateway/mirrors.ts";
import { type KeptMachine, keepMachine } from "./keep-machine.ts";
import { observeTrial } from "./observe/observe-trial.ts";
import type { Scene } from "./observe/observers.ts";
import type { TrialReport, TrialStep } from "./report/trial-report.ts";
import { secondsSince } from "./seconds-since.ts";
import { fetchSources } from "./sources.ts";
import { type GivenSensor, openStandIns } from "./stand-ins/open.ts";
import { sentFromNow } from "./stand-ins/stand-in.ts";
import {
  type Addition,
  hostAddress,
  type TrialPlan,
  type TrialPlanOptions,
  trialPlan,
} from "./trial-plan.ts";
import { trialSeed } from "./trial-seed.ts";

export type TrialOptions = {
  readonly plan: Plan;
  readonly release: Release;
  /** The real values, if the user asked for them. */
  readonly realSecrets: Secrets | undefined;
  readonly openBase: (plan: Plan) => Promise<Base>;
  /** Parts of the settings that the trial leaves out. */
  readonly without: TrialPlanOptions["without"];
  /** A folder of this machine with clones of the repositories; `undefined`: from their servers. */
  readonly clonesFolder: string | undefined;
  /** Settings to which the machine is changed after the attacks; their real secrets as above. */
  readonly other: GivenSensor | undefined;
  /** Whether the machine reboots before it is observed. */
  readonly reboots: boolean;
  /** Lets the machine run on after the trial, also if the trial fails, and receives how to reach it. */
  readonly onKept: ((kept: KeptMachine) => void) | undefined;
  readonly signal: AbortSignal;
  /** Receives what is done now; `undefined` at the end. */
  readonly onStep: (step: string | undefined) => void;
  /** Receives each finished step. */
  readonly onDone: (step: TrialStep) => void;
};

/** What a trial has found. */
export type Trial = {
  readonly report: TrialReport;
  readonly attempts: readonly Attempt[];
  /** How many files and messages for servers the report leaves out. */
  readonly dropped: number;
};

/**
 * Boots a sensor in a virtual machine without a way out, attacks it, and observes what its settings promise. `use` gets
 * the result. Afterwards, and after any failure, no process and no file is left behind, except for a machine that
 * `onKept` keeps. An interrupted trial keeps none.
 */
export async function runTrial<Value>(
  options: TrialOptions,
  use: (trial: Trial) => Promise<Value>,
): Promise<Value> {
  const { onKept, onStep, signal } = options;
  const folder = await mkdtemp(join(tmpdir(), "sensorbake-try-"));
  const ends: (() => Promise<unknown>)[] = [() => rm(folder, { recursive: true, force: true })];
  let started: VirtualMachine | undefined;
  const prepared = prepareAndObserve(options, folder, {
    atEnd: (end) => ends.unshift(end),
    onStarted: (machine) => {
      started = machine;
    },
  });
  const [outcome] = await Promise.allSettled([prepared.then(use)]);
  onStep(undefined);
  const machine = started;
  if (onKept !== undefined && machine !== undefined && !signal.aborted)
    ends.unshift(async () => onKept(await keepMachine(machine, join(folder, "key"))));
  // Each of them, even if one before it fails.
  const ended: PromiseSettledResult<unknown>[] = [];
  for (const end of ends) ended.push(...(await Promise.allSettled([end()])));
  for (const one of [outcome, ...ended]) if (one.status === "rejected") throw one.reason;
  return (outcome as PromiseFulfilledResult<Value>).value; // the loop has thrown otherwise
}

type MachineEvents = {
  /** Registers what to do after the trial; the last one is done first. */
  readonly atEnd: (end: () => Promise<unknown>) => void;
  readonly onStarted: (machine: VirtualMachine) => void;
};

async function prepareAndObserve(
  options: TrialOptions,
  folder: string,
  { atEnd, onStarted }: MachineEvents,
): Promise<Trial> {
  const {
    plan: given,
    release,
    realSecrets,
    openBase,
    without,
    other,
    onKept,
    signal,
    onStep,
    onDone,
  } = options;
  const steps: TrialStep[] = [];
  const done = (step: TrialStep): void => {
    steps.push(step);
    onDone(step);
  };
  const during = async <Result>(step: string, work: () => Promise<Result>): Promise<Result> => {
    signal.throwIfAborted();
    onStep(step);
    const begin = performance.now();
    const result = await work();
    done({ step, seconds: secondsSince(begin) });
    return result;
  };

  const key = join(folder, "key");
  await runProgram("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "sensorbake-try", "-f", key], {
    signal,
  });
  const planOptions = { key: (await readFile(`${key}.pub`, "utf8")).trim(), without };
  const trial = trialPlan(given, planOptions);
  const later = other && { ...trialPlan(other.plan, planOptions), realSecrets: other.realSecrets };
  const plans = [trial.plan, ...(later === undefined ? [] : [later.plan])];
  const { clonesFolder } = options;
  const sources = plans.every((plan) => repositories(plan).length === 0)
    ? undefined
    : await during("fetch the repositories", () =>
        fetchSources(plans, { folder: join(folder, "repositories"), clonesFolder, signal }),
      );
  const base = await during("prepare the system", () => openBase(trial.plan));
  const { accelerator, reason } = await during("try the accelerator", () =>
    findAccelerator(base.disk, thisHost(), signal),
  );
  await mkdir(join(folder, "archives"), { mode: 0o700 });
  const standIns = await openStandIns([{ plan: trial.plan, realSecrets }, ...(later ? [later] : [])], {
    folder: join(folder, "archives"),
    sources,
  });
  const [sensor, laterSensor] = standIns.sensors;
  if (sensor === undefined) throw new Error("the stand-ins lack the sensor");
  const urls = [...base.sources, ...(sources?.installer?.index.servers ?? [])];
  const gateway = await openGateway({
    folder,
    mirrors: plans.flatMap((plan) => mirrorsOf(plan, urls)),
    standIns: standIns.all,
    others: [given, ...(other ? [other.plan] : [])].flatMap(othersOf),
  });
  atEnd(gateway.close);
  const handed = trialSeed(sensor, standIns.additions, gateway.hosts, release);
  const machine = await virtualMachine({
    disk: base.disk,
    accelerator,
    seed: handed.seed,
    user: sensor.plan.admin.user,
    key,
    sshPort: sensor.plan.admin.sshPort,
    ports: forwardedPorts(sensor.plan),
    isolation: gateway.forwards,
    mayOutlive: onKept !== undefined,
  });
  atEnd(machine.dispose);
  const onAbort = (): void => void machine.cutPower();
  signal.addEventListener("abort", onAbort, { once: true });
  atEnd(async () => signal.removeEventListener("abort", onAbort));

  await during(`first boot (${accelerator}${reason === "" ? "" : `: ${reason}`})`, async () => {
    await machine.start();
    onStarted(machine);
    await waitForFirstBoot(machine, {
      signal,
      limitSeconds: firstBootSeconds(sensor.plan),
      onStep: ({ name, seconds }) => done({ step: `first boot: ${name}`, seconds }),
    });
  });
  if (options.reboots) await during("reboot", machine.reboot);
  const sceneOf = (of: Plan, compiled: Plan, { absent }: Pick<TrialPlan, "absent">): Scene => ({
    plan: observedPlan(of, compiled),
    scope: { absent, attacker: hostAddress },
    guest: machine,
    sent: standIns.sent,
  });
  const attacks = await during("attack the sensor", () => makeAttacks(sensor.plan, machine, signal));
  const scene = sceneOf(given, sensor.plan, trial);
  const result = await during("observe the sensor", () => observeTrial(scene, attacks, { signal, onStep }));
  let changed: TrialReport["changed"];
  if (other !== undefined && later !== undefined && laterSensor !== undefined) {
    // A machine keeps its target, which the seed may have replaced.
    const { target, delivery } = handed.plan;
    const wanted = { ...laterSensor, plan: { ...laterSensor.plan, target, delivery } };
    const sent = sentFromNow(standIns.sent);
    changed = await during("apply the other settings", () =>
      changeSensor(machine, wanted, { release, signal, onStep }).then(() => undefined, failureOf),
    );
    const after = { ...sceneOf(other.plan, wanted.plan, later), sent };
    changed ??= await during("observe the changed sensor", () => observeTrial(after, [], { signal, onStep }));
  }
  return {
    attempts: gateway.attempts(),
    dropped: standIns.dropped(),
    report: {
      sensor: given.name,
      target: given.target,
      os: given.os,
      version: release.version,
      steps,
      result,
      changed,
      sent: standIns.sent(),
      additions: [
        { what: "the system", why: base.what },
        ...distinct([...trial.additions, ...(later?.additions ?? [])]),
        ...standIns.additions.reasons,
        ...handed.additions,
      ],
    },
  };
}

// The report has what was observed before it.
function failureOf(error: unknown): { readonly failure: string } {
  if (error instanceof OutsideError) return { failure: error.message };
  throw error;
}

function distinct(additions: readonly Addition[]): readonly Addition[] {
  return [...new Map(additions.map((addition) => [addition.what, addition])).values()];
}

// What else the sensor of the settings connects to, by name.
function othersOf(plan: Plan): readonly Server[] {
  return outgoing(plan, undefined).flatMap(({ to, port }) => {
    const [, number] = /^tcp (\d+)$/.exec(port) ?? [];
    return number !== undefined && /^[a-z0-9-]+(\.[a-z0-9-]+)+$/.test(to) && isIP(to) === 0
      ? [{ name: to, port: Number(number) }]
      : [];
  });
}

// The parts that the trial lacks are still promised, and reported as such.
function observedPlan(given: Plan, compiled: Plan): Plan {
  const { dshield, upkeep, tools } = given;
  if (compiled.dshield !== undefined) return { ...compiled, tools };
  return { ...compiled, dshield: dshield && { ...dshield, updates: "manual" }, upkeep, tools };
}
