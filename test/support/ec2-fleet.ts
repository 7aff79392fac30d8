import type { EC2Client } from "@aws-sdk/client-ec2";
import * as assert from "uvu/assert";
import { clientFor } from "../../src/cli/shared/open-ec2.ts";
import { applyDestroy, type Removed } from "../../src/ec2/apply-destroy.ts";
import { applyLaunch, type Outcome } from "../../src/ec2/apply-launch.ts";
import { planDestroy } from "../../src/ec2/plan-destroy.ts";
import { type LaunchProblem, planLaunch } from "../../src/ec2/plan-launch.ts";
import { readRegion } from "../../src/ec2/read-region.ts";
import { groupName, ruleChanges, rulesOf } from "../../src/ec2/rules.ts";
import type { Ec2Sensor } from "../../src/ec2/sensor.ts";
import { owner, tagKeys } from "../../src/ec2/tags.ts";
import type { Account } from "./fake-ec2/account.ts";

const never = new AbortController().signal;

export type Launched = {
  readonly outcomes: readonly Outcome[];
  readonly problems: readonly LaunchProblem[];
};

/** A whole launch of one region's sensors, as the command does it, with the real SDK. */
export async function launchFleet(
  sensors: readonly Ec2Sensor[],
  options: { readonly replace?: boolean; readonly signal?: AbortSignal; readonly client?: EC2Client } = {},
): Promise<Launched> {
  const region = sensors[0]?.ec2.region ?? "";
  const client = options.client ?? clientFor(region);
  const account = await readRegion(client, region, sensors);
  const { plan, problems } = planLaunch(sensors, account, { replace: options.replace ?? false });
  const run = { tell: () => {}, count: () => () => {}, signal: options.signal ?? never };
  return { outcomes: await applyLaunch(client, plan, account, run), problems };
}

/** A whole destroy of one region's sensors. */
export async function destroyFleet(
  region: string,
  sensors: readonly string[],
  signal: AbortSignal = never,
): Promise<Removed> {
  const client = clientFor(region);
  const plan = planDestroy(sensors, await readRegion(client, region, []));
  return applyDestroy(client, plan, { tell: () => undefined, count: () => () => undefined, signal });
}

/** What each sensor came to, as `name did`. */
export function didOf({ outcomes }: Launched): readonly string[] {
  return outcomes.map(({ sensor, did }) => `${sensor} ${did}`);
}

/**
 * Holds the account against the settings: one machine a sensor as it should be, with one disk and one network
 * interface, and besides them exactly the groups, templates and addresses that they need. Nothing is left over.
 */
export function assertHolds(account: Account, sensors: readonly Ec2Sensor[]): void {
  const alive = [...account.instances].filter(
    ([, { state }]) => state !== "terminated" && state !== "shutting-down",
  );
  assert.equal(
    alive.map(([, { tags }]) => tags[tagKeys.sensor]).sort(),
    sensors.map(({ name }) => name).sort(),
  );
  const byName = new Map(sensors.map((sensor) => [sensor.name, sensor]));
  for (const [id, instance] of alive) {
    const sensor = byName.get(instance.tags[tagKeys.sensor] ?? "");
    if (sensor === undefined) throw new Error(`${id} is no sensor's`);
    assert.is(instance.tags.Name, sensor.name);
    assert.is(instance.tags[tagKeys.managedBy], owner);
    assert.is(instance.tags[tagKeys.userData], sensor.userDataDigest);
    assert.ok(Buffer.from(instance.userData, "base64").equals(sensor.userData), `${id} has other user-data`);
    assert.is(instance.type, sensor.ec2.instanceType);
    assert.is(instance.metadata.HttpTokens, "required");
    assert.is(instance.metadata.HttpPutResponseHopLimit, "1");
    assert.is(instance.credits, "standard");
    assert.not(instance.hasProfile);
    assert.equal(
      instance.groups.map((group) => account.groups.get(group)?.name),
      [groupName(rulesOf(sensor))],
    );
    const disks = [...account.volumes].filter(([, { instance: owner }]) => owner === id);
    assert.equal(
      disks.map(([name, { size, type, encrypted, tags }]) => [
        name.slice(0, 5),
        size,
        type,
        encrypted,
        tags[tagKeys.sensor],
      ]),
      [["vol-0", sensor.ec2.volumeGigabytes, "gp3", true, sensor.name]],
    );
    const elastic = [...account.addresses.values()].filter(({ instance: owner }) => owner === id);
    assert.is(elastic.length, sensor.ec2.elasticIp ? 1 : 0);
  }
  for (const part of [
    account.volumes,
    account.interfaces,
    account.groups,
    account.templates,
    account.addresses,
  ])
    for (const [id, { tags }] of part) assert.is(tags[tagKeys.managedBy], owner, `${id} has not our tag`);
  for (const part of [account.interfaces, account.addresses])
    for (const [id, { tags }] of part)
      assert.ok(byName.has(tags[tagKeys.sensor] ?? ""), `${id} names no sensor`);
  assert.is(account.volumes.size, sensors.length, "volumes");
  assert.is(account.interfaces.size, sensors.length, "network interfaces");
  assert.is(account.addresses.size, sensors.filter(({ ec2 }) => ec2.elasticIp).length, "addresses");
  const wanted = new Map(sensors.map((sensor) => [groupName(rulesOf(sensor)), rulesOf(sensor)]));
  assert.equal([...account.groups.values()].map(({ name }) => name).sort(), [...wanted.keys()].sort());
  for (const { name, ingress, egress } of account.groups.values()) {
    const rules = wanted.get(name);
    assert.equal(ruleChanges(rules?.ingress ?? [], ingress), { missing: [], extra: [] });
    assert.equal(ruleChanges(rules?.egress ?? [], egress), { missing: [], extra: [] });
  }
  const templates = new Set(alive.map(([, { tags }]) => tags[tagKeys.template] ?? ""));
  assert.equal([...account.templates.values()].map(({ name }) => name).sort(), [...templates].sort());
}
