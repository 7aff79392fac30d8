import { compile } from "../src/artifacts/compile.ts";
import { loadSettings } from "../src/load/load.ts";
import { oneFileWorld } from "../src/load/one-file-world.ts";
import { readRelease } from "../src/load/read-release.ts";
import type { Plan } from "../src/plan/plan.ts";
import { targets } from "../src/plan/targets.ts";
import type { TargetName } from "../src/values/target-names.ts";
import { manySensors } from "./many-sensors.ts";
import type { Measure } from "./run.ts";

/** Bytes of user-data by target, and what each file of the payload adds to the compressed form. */
export const measure: Measure = async () => {
  const release = await readRelease();
  const { sensors } = await loadSettings("sensors.yaml", oneFileWorld(manySensors(1)), {
    readSecrets: true,
  });
  const sensor = sensors[0];
  if (sensor === undefined) throw new Error("no sensor");
  const size = (plan: Plan, templates = release.templates) => {
    const compiled = compile(plan, sensor.secrets, { ...release, templates });
    return compiled.kind === "too-large" ? { form: "too large", bytes: compiled.bytes } : compiled.userData;
  };
  // A Pi reads files of any size from its boot partition.
  const others = Object.entries(targets).filter(([target]) => target !== "pi");
  const byTarget = others.map(([target, { limitBytes }]) => {
    const { form, bytes } = size({ ...sensor.plan, target: target as TargetName });
    return `${target.padEnd(14)} ${String(bytes).padStart(6)} bytes ${form}${limitBytes === undefined ? "" : ` of ${limitBytes}`}`;
  });
  const ec2: Plan = { ...sensor.plan, target: "ec2" };
  const whole = size(ec2).bytes;
  const byFile = release.templates
    .map(({ path }) => ({
      path,
      bytes:
        whole -
        size(
          ec2,
          release.templates.map((other) => (other.path === path ? { path, text: "" } : other)),
        ).bytes,
    }))
    .sort((a, b) => b.bytes - a.bytes)
    .map(({ path, bytes }) => `${String(bytes).padStart(6)} ${path}`);
  return [...byTarget, "what each file adds to the compressed form:", ...byFile];
};
