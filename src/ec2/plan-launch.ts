import { driftOf } from "./drift.ts";
import { imageText } from "./images.ts";
import { type LaunchComplaint, type LaunchNeeds, launchNeeds } from "./launch-needs.ts";
import { type FoundAddress, type FoundInstance, isAlive, type Region } from "./region.ts";
import { groupName, type Rules, ruleChanges } from "./rules.ts";
import type { Ec2Sensor } from "./sensor.ts";
import type { WantedTemplate } from "./shape.ts";

/** The steps of a launch in one region, as data derived from the settings and the existing resources. */
export type LaunchPlan = {
  readonly region: string;
  readonly groups: readonly GroupStep[];
  readonly templates: readonly TemplateStep[];
  readonly sensors: readonly SensorStep[];
};

/** A group that these sensors need. `none`: it exists with all rules. */
export type GroupStep = {
  readonly does: "create" | "complete" | "none";
  readonly name: string;
  readonly network: string;
  readonly rules: Rules;
};

/** A launch template that these sensors need. `versions`: how many it has; 0 if it must be created. */
export type TemplateStep = {
  readonly does: "create" | "complete" | "none";
  readonly template: WantedTemplate;
  /** GiB of the disk that a second version adds after EC2 has resolved the image; `undefined` if one version is enough. */
  readonly lateDiskGigabytes: number | undefined;
};

/** The step for one sensor. */
export type SensorStep = {
  readonly kind: "step";
  readonly sensor: Ec2Sensor;
  /** `keep`: it matches the settings. `drifted`: the settings have changed, and it is left unchanged. */
  readonly does: "launch" | "keep" | "drifted" | "replace";
  /** The differences from the settings; empty unless drifted or replaced. */
  readonly drift: readonly string[];
  /** The existing instance. */
  readonly instance: FoundInstance | undefined;
  readonly address: AddressStep;
  readonly image: string;
  readonly template: string;
  readonly group: string;
  /** The key of `group` in this network. */
  readonly network: string;
  /** The number of terminated instances of this sensor that EC2 still lists: part of the client token. */
  readonly generation: number;
};

/** The step for the sensor's Elastic IP. */
export type AddressStep = {
  readonly does: "none" | "allocate" | "associate" | "keep" | "release";
  readonly found: FoundAddress | undefined;
};

/** A sensor that cannot be launched, with the reason. */
export type LaunchProblem = Omit<LaunchComplaint, "kind"> & { readonly sensor: string };

/** The steps for the sensors of one region, or problems. Pure: the same settings and account produce the same plan. */
export function planLaunch(
  sensors: readonly Ec2Sensor[],
  region: Region,
  options: { readonly replace: boolean },
): { readonly plan: LaunchPlan; readonly problems: readonly LaunchProblem[] } {
  const problems: LaunchProblem[] = [];
  const groups = new Map<string, GroupStep>();
  const templates = new Map<string, TemplateStep>();
  const steps: SensorStep[] = [];
  for (const sensor of sensors) {
    const needs = launchNeeds(sensor, region);
    if (needs.kind === "complaint") {
      problems.push(problemOf(sensor, needs));
      continue;
    }
    const step = sensorStep(sensor, needs, region, options.replace);
    if (step.kind === "complaint") {
      problems.push(problemOf(sensor, step));
      continue;
    }
    steps.push(step);
    if (step.does === "launch" || step.does === "replace") {
      groups.set(`${needs.network} ${step.group}`, groupStep(needs, region));
      templates.set(step.template, templateStep(sensor, needs, region));
    } else if (step.does === "keep") {
      const group = groupStep(needs, region);
      if (group.does === "complete") groups.set(`${needs.network} ${step.group}`, group);
    }
  }
  return {
    plan: {
      region: region.name,
      groups: [...groups.values()],
      templates: [...templates.values()],
      sensors: steps,
    },
    problems,
  };
}

function problemOf(sensor: Ec2Sensor, { kind: _, ...complaint }: LaunchComplaint): LaunchProblem {
  return { sensor: sensor.name, ...complaint };
}

/** Whether applying the plan would change nothing. */
export function changesNothing({ groups, templates, sensors }: LaunchPlan): boolean {
  return (
    groups.every(({ does }) => does === "none") &&
    templates.every(({ does }) => does === "none") &&
    sensors.every(
      ({ does, address }) =>
        (does === "keep" || does === "drifted") && (address.does === "none" || address.does === "keep"),
    )
  );
}

/** Whether the account matches the settings: nothing would change, and nothing has drifted. */
export function isAsWanted(plan: LaunchPlan): boolean {
  return changesNothing(plan) && plan.sensors.every(({ does }) => does === "keep");
}

function sensorStep(
  sensor: Ec2Sensor,
  needs: LaunchNeeds,
  region: Region,
  replace: boolean,
): SensorStep | LaunchComplaint {
  const known = region.instances.filter((instance) => instance.sensor === sensor.name);
  const alive = known.filter(isAlive);
  if (alive.length > 1)
    return {
      kind: "complaint",
      message: `${alive.length} instances carry its name: ${alive.map(({ id }) => id).join(", ")}`,
      hint: "terminate all but one, or destroy the sensor and launch it again",
    };
  const [instance] = alive;
  const drift = instance === undefined ? [] : driftOf(sensor, instance, region);
  const does =
    instance === undefined ? "launch" : drift.length === 0 ? "keep" : replace ? "replace" : "drifted";
  return {
    kind: "step",
    sensor,
    does,
    drift,
    instance,
    address: addressStep(sensor, does, instance, region),
    image: needs.image === undefined ? imageText(sensor.ec2.image, sensor.os) : needs.image.id,
    template: needs.template.name,
    group: groupName(needs.rules),
    network: needs.network,
    generation: known.length - alive.length + (does === "replace" ? 1 : 0),
  };
}

function addressStep(
  sensor: Ec2Sensor,
  does: SensorStep["does"],
  instance: FoundInstance | undefined,
  region: Region,
): AddressStep {
  const found = region.addresses.find((address) => address.sensor === sensor.name);
  if (!sensor.ec2.elasticIp)
    return { does: found === undefined ? "none" : does === "drifted" ? "keep" : "release", found };
  if (found === undefined) return { does: does === "drifted" ? "none" : "allocate", found };
  if (does === "drifted") return { does: "keep", found };
  return { does: does === "keep" && found.instanceId === instance?.id ? "keep" : "associate", found };
}

function groupStep({ network, rules }: LaunchNeeds, region: Region): GroupStep {
  const name = groupName(rules);
  const found = region.groups.find((group) => group.name === name && group.network === network);
  if (found === undefined) return { does: "create", name, network, rules };
  const changes = [ruleChanges(rules.ingress, found.ingress), ruleChanges(rules.egress, found.egress)];
  const isWhole = changes.every(({ missing, extra }) => missing.length + extra.length === 0);
  return { does: isWhole ? "none" : "complete", name, network, rules };
}

function templateStep(sensor: Ec2Sensor, { template, image }: LaunchNeeds, region: Region): TemplateStep {
  const lateDiskGigabytes = image === undefined ? sensor.ec2.volumeGigabytes : undefined;
  const found = region.templates.find(({ name }) => name === template.name);
  const wanted = lateDiskGigabytes === undefined ? 1 : 2;
  const does = found === undefined ? "create" : found.versions >= wanted ? "none" : "complete";
  return { does, template, lateDiskGigabytes };
}
