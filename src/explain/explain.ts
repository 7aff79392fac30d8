import { compile, type Kit, sensorFiles } from "../artifacts/compile.ts";
import type { Secrets } from "../artifacts/payload.ts";
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
import { services, steps } from "./steps.ts";
import { timetable } from "./timetable.ts";

/**
 * Says what a sensor will do, from its plan and from the files that are compiled of it: what a file says of itself
 * is taken from the file. Needs no secret. Pure.
 */
export function explain(plan: Plan, kit: Kit): Explanation {
  const secrets = placeholders(plan);
  const files = sensorFiles(plan, secrets, kit, "whole");
  return {
    sensor: plan.name,
    target: plan.target,
    os: plan.os,
    choices: choices(plan),
    steps: steps(files),
    services: services(files),
    ports: ports(plan),
    outgoing: outgoing(plan),
    timetable: timetable(plan, files),
    disk: disk(plan),
    secrets: secretPlaces(plan, secrets, kit),
    size: size(plan, secrets, kit),
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

function size(plan: Plan, secrets: Secrets, kit: Kit): Size {
  const compiled = compile(plan, secrets, kit);
  const { form, bytes } =
    "contributors" in compiled ? { form: "too large", bytes: compiled.bytes } : compiled.userData;
  const { limitBytes } = targets[plan.target];
  return {
    form,
    bytes,
    limitBytes,
    features: featureShares(sensorFiles(plan, secrets, kit), { form, bytes }),
  };
}
