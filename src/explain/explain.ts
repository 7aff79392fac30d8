import type { Artifact } from "../artifacts/artifact.ts";
import { type Compiled, compile, type Release, sensorFiles } from "../artifacts/compile.ts";
import type { TooLarge } from "../artifacts/user-data.ts";
import { forecast } from "../plan/forecast.ts";
import { packages } from "../plan/packages.ts";
import type { Plan } from "../plan/plan.ts";
import { targets } from "../plan/targets.ts";
import { choices } from "./choices.ts";
import type { Disk, Explanation, Size } from "./explanation.ts";
import { featureShares } from "./features.ts";
import { outgoing } from "./outgoing.ts";
import { placeholders } from "./placeholders.ts";
import { ports } from "./ports.ts";
import { secretPlaces } from "./secret-places.ts";
import { sentBytes } from "./sent-bytes.ts";
import { services, steps } from "./steps.ts";
import { timetable } from "./timetable.ts";

/**
 * Explains what a sensor will do, from its plan and its compiled files. Descriptions of files come from the files
 * themselves. Needs no secret. Pure.
 */
export function explain(plan: Plan, release: Release): Explanation {
  const secrets = placeholders(plan);
  const files = sensorFiles(plan, secrets, release, "whole");
  const compiled = compile(plan, secrets, release);
  const fetched = compiled.kind === "too-large" ? undefined : compiled.programs;
  return {
    sensor: plan.name,
    target: plan.target,
    os: plan.os,
    choices: choices(plan),
    steps: steps(files),
    services: services(files),
    ports: ports(plan),
    outgoing: outgoing(plan, fetched),
    timetable: timetable(plan, files),
    disk: disk(plan),
    secrets: secretPlaces(plan, secrets, compiled, release),
    size: size(plan, compiled, sensorFiles(plan, secrets, release), release),
    packages: packages(plan),
  };
}

function disk(plan: Plan): Disk {
  const { sizeGigabytes, maxUsedPercent, captureMegabytesPerDay } = plan.disk;
  return {
    ...forecast(plan),
    sizeGigabytes,
    maxUsedPercent,
    captureMegabytesPerDay,
    captureDays: plan.capture.keepDays,
  };
}

function size(plan: Plan, compiled: Compiled | TooLarge, files: readonly Artifact[], release: Release): Size {
  const { limitBytes } = targets[plan.target];
  if (compiled.kind === "too-large") return sized({ form: "too large", bytes: compiled.bytes }, files);
  const { userData, held, programs, delivery } = compiled;
  return {
    ...sized(userData, held),
    fetchedBytes: programs?.archive.byteLength,
    sentBytes: delivery && sentBytes(delivery, release),
  };

  function sized({ form, bytes }: Pick<Size, "form" | "bytes">, held: readonly Artifact[]): Size {
    const features = featureShares(held, { form, bytes });
    return { form, bytes, limitBytes, fetchedBytes: undefined, sentBytes: undefined, features };
  }
}
