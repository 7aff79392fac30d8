import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import { compile, handedFile } from "../../artifacts/compile.ts";
import {
  seedOf,
  type TofuConfiguration,
  type TofuSensor,
  tofuConfiguration,
  tofuFolder,
} from "../../artifacts/tofu/configuration.ts";
import { incoming } from "../../artifacts/tofu/firewall.ts";
import {
  type MachineComplaint,
  machineOf,
  moduleOf,
  type TofuMachine,
  type TofuModule,
} from "../../artifacts/tofu/machine.ts";
import { type Diagnostic, diagnose } from "../../diagnostics/diagnostic.ts";
import { firstOf } from "../../diagnostics/first-of.ts";
import { outgoing } from "../../ec2/outgoing.ts";
import type { SensorPlan } from "../../load/load.ts";
import { readRelease, readTofuModules } from "../../load/read-release.ts";
import { type SensorSize, tooLargeProblems } from "../../load/too-large.ts";
import { targets } from "../../plan/targets.ts";
import { compareFile, compareTree } from "../../write/compare.ts";
import { checkIsOurs, markerFile, replaceTree } from "../../write/tree.ts";
import type { Context } from "../shared/context.ts";
import { exitCodes, UsageError } from "../shared/exit.ts";
import { openSettings, refuseProblems } from "../shared/open-settings.ts";
import { answerCheck } from "../shared/print-differences.ts";
import { counted } from "../shared/progress.ts";
import { replaceFile } from "../shared/replace-file.ts";
import type { Streams } from "../shared/streams.ts";
import { totals } from "../shared/totals.ts";
import type { TofuOptions } from "./options.ts";

/** Writes the configuration, or with `--check` compares; returns the exit code. Reads no secret. */
export async function tofu(
  file: string,
  options: TofuOptions,
  { streams, signal }: Context,
): Promise<number> {
  const loaded = await openSettings(file, options, { readSecrets: false }, streams);
  const machines = loaded.sensors.flatMap((sensor) => {
    const module = moduleOf(sensor.plan);
    return module === undefined ? [] : [{ ...sensor, module, machine: machineOf(sensor.plan, module) }];
  });
  if (machines.length === 0)
    throw new UsageError(
      "no sensor has a target whose machines this command can create",
      `for Raspberry Pis: sensorbake image BASE --settings ${file} --all -o images`,
    );
  refuseProblems(
    [...deliveryProblems(machines), ...machines.flatMap(machineProblems)],
    loaded,
    options,
    streams,
  );
  const { sensors, problems } = await compileAll(machines, { streams, signal });
  refuseProblems(problems, loaded, options, streams);
  const configuration = tofuConfiguration(sensors, await readTofuModules());
  const folder = [...configuration.folder, markerFile];
  if (options.check) return compare({ ...configuration, folder }, options, streams);
  const target = join(options.output, tofuFolder);
  if (!options.force) await checkIsOurs(target);
  await replaceTree(target, folder, signal);
  const { root } = configuration;
  await replaceFile(join(options.output, root.path), root.content, root.mode);
  answer(file, sensors, loaded.sensors, options, streams);
  return exitCodes.fine;
}

type Machine = SensorPlan & {
  readonly module: TofuModule;
  readonly machine: TofuMachine | MachineComplaint;
};

// User-data with secrets would put them into the configuration, the plan and the state.
function deliveryProblems(machines: readonly Machine[]): readonly Diagnostic[] {
  const others = machines.filter(({ plan }) => plan.delivery !== "ssh");
  const [first] = others;
  if (first === undefined) return [];
  const shown = firstOf(others.map(({ plan }) => plan.name));
  return [
    diagnose("settings/invalid-value", first.placeOf(["delivery"]), {
      message: `OpenTofu would keep the secrets in the user-data of ${shown} in its state`,
      hint: "write delivery: ssh, in defaults for all sensors; then the secrets follow over SSH",
    }),
  ];
}

function machineProblems({ placeOf, machine }: Machine): readonly Diagnostic[] {
  return "kind" in machine ? [diagnose("settings/missing-key", placeOf(machine.path), machine)] : [];
}

async function compileAll(
  machines: readonly Machine[],
  { streams, signal }: Context,
): Promise<{ readonly sensors: readonly TofuSensor[]; readonly problems: readonly Diagnostic[] }> {
  const release = await readRelease();
  const sensors: TofuSensor[] = [];
  const tooLarge: SensorSize[] = [];
  for (const sensor of counted(machines, "compiling", "sensors", streams.status)) {
    // Compilation is synchronous; yield so that Ctrl-C is handled.
    await setImmediate();
    signal.throwIfAborted();
    const { plan, module, machine } = sensor;
    const compiled = compile(plan, new Map(), release);
    if (compiled.kind === "too-large") tooLarge.push({ sensor, size: compiled });
    if (compiled.kind === "too-large" || "kind" in machine) continue;
    const handed = handedFile(compiled.userData, targets[plan.target]);
    sensors.push({
      name: plan.name,
      module,
      machine,
      firewall: {
        incoming: incoming(plan.admin),
        outgoing: plan.ec2 === undefined ? [] : outgoing(plan, plan.ec2),
      },
      seed: seedOf(plan, compiled.artifacts, handed),
    });
  }
  return { sensors, problems: tooLargeProblems(tooLarge) };
}

async function compare(
  { root, folder }: TofuConfiguration,
  { output, format }: TofuOptions,
  streams: Streams,
): Promise<number> {
  const inFolder = await compareTree(join(output, tofuFolder), folder);
  const ofRoot = await compareFile(join(output, root.path), root);
  const differences = [
    ...(ofRoot === undefined ? [] : [{ path: root.path, what: ofRoot }]),
    ...inFolder.map(({ path, what }) => ({ path: join(tofuFolder, path), what })),
  ];
  const code = answerCheck(output, differences, format, streams);
  streams.say(
    differences.length === 0 ? `${output} is up to date` : `${output} is out of date; write it again`,
  );
  return code;
}

function answer(
  file: string,
  sensors: readonly TofuSensor[],
  all: readonly SensorPlan[],
  { output, format }: TofuOptions,
  streams: Streams,
): void {
  const names = new Set(sensors.map(({ name }) => name));
  const left = all.map(({ plan }) => plan.name).filter((name) => !names.has(name));
  if (format === "json")
    streams.json({
      output,
      sensors: sensors.map(({ name, module }) => ({ sensor: name, module })),
      left_out: left,
    });
  else streams.result(`${output}\n`);
  if (sensors.length > 1) streams.say(totals("machine", sensors, ({ module }) => module));
  if (left.length > 0) streams.say(`left out, because their targets have no module: ${left.join(", ")}`);
  streams.say(
    `Create the machines, then send programs and secrets:
  tofu -chdir=${output} init && tofu -chdir=${output} apply
  sensorbake apply ${file} --tofu ${output}`,
  );
}
