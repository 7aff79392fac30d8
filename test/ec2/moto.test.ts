import {
  DescribeAddressesCommand,
  DescribeInstancesCommand,
  DescribeLaunchTemplateVersionsCommand,
  DescribeNetworkInterfacesCommand,
  DescribeVolumesCommand,
  EC2Client,
  type Instance,
  paginateDescribeInstances,
} from "@aws-sdk/client-ec2";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { clientFor } from "../../src/cli/shared/open-ec2.ts";
import { readGroups, readTemplates } from "../../src/ec2/read-region.ts";
import { groupName, ruleChanges, rulesOf } from "../../src/ec2/rules.ts";
import type { Ec2Sensor } from "../../src/ec2/sensor.ts";
import { fromAws, oursFilter, tagKeys } from "../../src/ec2/tags.ts";
import { destroyFleet, didOf, launchFleet } from "../support/ec2-fleet.ts";
import { sampleSensor } from "../support/ec2-sample.ts";
import { pathWithoutSsh } from "../support/launch-command.ts";
import { type Moto, motoServer, startMoto } from "../support/moto.ts";
import { needs } from "../support/needs.ts";
import { sensorbake } from "../support/sensorbake.ts";

// moto is an independent implementation of EC2: the SDK asks it for the resulting state, instead of trusting our own code.
const test = suite("ec2/moto");
const testOnMoto = needs(motoServer);
let moto: Moto | undefined;

test.before(async () => {
  moto = await startMoto();
  Object.assign(process.env, moto?.env);
});
test.before.each(() => moto?.reset());
test.after(() => moto?.stop());

// The resources in one region of the account, without those of other people.
async function holdings(region: string) {
  const client = clientFor(region);
  const instances: Instance[] = [];
  for await (const page of paginateDescribeInstances({ client, pageSize: 100 }, { Filters: [oursFilter] }))
    instances.push(...(page.Reservations ?? []).flatMap(({ Instances }) => Instances ?? []));
  const { Volumes } = await client.send(new DescribeVolumesCommand({}));
  const { Addresses } = await client.send(new DescribeAddressesCommand({}));
  // moto adds the default disk (8 GB, gp2) to an instance that is launched from a template, beside the template's disk, and
  // does not delete it. EC2 adds none, since both have the name of the root device; our own endpoint checks that.
  const volumes = (Volumes ?? []).filter(({ VolumeType, Size }) => !(VolumeType === "gp2" && Size === 8));
  return {
    alive: instances.filter(({ State }) => State?.Name !== "terminated"),
    volumes,
    addresses: Addresses ?? [],
    groups: await readGroups(client),
    templates: await readTemplates(client),
  };
}

async function assertMotoHolds(region: string, sensors: readonly Ec2Sensor[]): Promise<void> {
  const { alive, volumes, addresses, groups, templates } = await holdings(region);
  const nameOf = ({ Tags }: Instance) => fromAws(Tags)[tagKeys.sensor] ?? "";
  assert.equal(alive.map(nameOf).sort(), sensors.map(({ name }) => name).sort());
  for (const instance of alive) {
    const sensor = sensors.find(({ name }) => name === nameOf(instance));
    assert.is(instance.InstanceType, sensor?.ec2.instanceType);
    const disks = volumes.filter(({ Attachments }) => Attachments?.[0]?.InstanceId === instance.InstanceId);
    assert.equal(
      disks.map(({ Size, VolumeType, Encrypted, Tags }) => [
        Size,
        VolumeType,
        Encrypted,
        fromAws(Tags)[tagKeys.sensor],
      ]),
      [[sensor?.ec2.volumeGigabytes, "gp3", true, sensor?.name]],
    );
  }
  assert.is(volumes.length, sensors.length);
  assert.is(addresses.length, sensors.filter(({ ec2 }) => ec2.elasticIp).length);
  assert.ok(
    addresses.every(({ InstanceId }) => alive.some((instance) => instance.InstanceId === InstanceId)),
  );
  const wanted = new Map(sensors.map((sensor) => [groupName(rulesOf(sensor)), rulesOf(sensor)]));
  assert.equal(groups.map(({ name }) => name).sort(), [...wanted.keys()].sort());
  for (const { name, ingress, egress } of groups) {
    const rules = wanted.get(name);
    assert.equal(ruleChanges(rules?.ingress ?? [], ingress), { missing: [], extra: [] });
    assert.equal(ruleChanges(rules?.egress ?? [], egress), { missing: [], extra: [] });
  }
  const used = new Set(alive.map(({ Tags }) => fromAws(Tags)[tagKeys.template] ?? ""));
  assert.equal(templates.map(({ name }) => name).sort(), [...used].sort());
}

testOnMoto(test, "launch, relaunch, drift, replace and destroy in two regions, as the command", async () => {
  const run = async (...words: string[]) => {
    const ended = await sensorbake(words, { env: { ...moto?.env, PATH: pathWithoutSsh } });
    return { ...ended, text: ended.stdout.toString() };
  };
  const launched = await run("launch", "examples/ec2.yaml", "--yes", "--no-apply", "--format", "json");
  assert.is(launched.code, 0, launched.stderr);
  const { sensors } = JSON.parse(launched.text);
  assert.equal(
    sensors.map(({ sensor, region, did, state }: Record<string, string>) => [sensor, region, did, state]),
    [
      ["fra-1", "eu-central-1", "launched", "running"],
      ["fra-2", "eu-central-1", "launched", "running"],
      ["nyc-1", "us-east-1", "launched", "running"],
    ],
  );
  for (const { sensor, region, instance_id } of sensors) {
    const stored = await storedUserData(region, instance_id);
    const printed = await run("user-data", "examples/ec2.yaml", "--sensor", sensor);
    assert.is(stored.compare(printed.stdout), 0, `${sensor}: stored user-data is not what user-data prints`);
  }
  const before = await holdings("eu-central-1");
  const again = await run("launch", "examples/ec2.yaml", "--yes", "--no-apply");
  assert.is(again.code, 0, again.stderr);
  assert.is(again.text.match(/ {2}kept {2}/g)?.length, 3);
  assert.equal(
    (await holdings("eu-central-1")).alive.map(({ InstanceId }) => InstanceId),
    before.alive.map(({ InstanceId }) => InstanceId),
  );

  const status = await run("status", "examples/ec2.yaml", "--format", "json");
  assert.is(status.code, 3, status.stderr);
  assert.equal(
    JSON.parse(status.text).ec2.map(({ sensor, state, checks, drift }: Record<string, unknown>) => [
      sensor,
      state,
      checks,
      drift,
    ]),
    [
      ["fra-1", "running", "ok", []],
      ["fra-2", "running", "ok", []],
      ["nyc-1", "running", "ok", []],
    ],
  );
  const refused = await run("destroy", "examples/ec2.yaml", "--yes");
  assert.is(refused.code, 2);
  assert.match(refused.stderr, "the last backups of fra-1, fra-2, nyc-1 have not been collected");
  const one = await run("destroy", "examples/ec2.yaml", "--sensor", "fra-1", "--yes", "--discard-backups");
  assert.is(one.code, 0, one.stderr);
  assert.is((await holdings("eu-central-1")).alive.length, 1);
  const gone = await run("destroy", "examples/ec2.yaml", "--yes", "--discard-backups");
  assert.is(gone.code, 0, gone.stderr);
  for (const region of ["eu-central-1", "us-east-1"]) await assertMotoHolds(region, []);
});

testOnMoto(test, "moto's resources match the plan: image, disk, network, metadata, tags", async () => {
  const sensors = [
    sampleSensor("fra-1"),
    sampleSensor("fra-2", { ec2: { elasticIp: true, volumeGigabytes: 30, egress: "anywhere" } }),
  ];
  assert.equal(didOf(await launchFleet(sensors)), ["fra-1 launched", "fra-2 launched"]);
  await assertMotoHolds("eu-central-1", sensors);
  const client = clientFor("eu-central-1");
  const { alive, groups, templates } = await holdings("eu-central-1");
  assert.equal(new Set(alive.map(({ ImageId }) => ImageId)), new Set(["ami-0a000002"]));
  assert.ok(alive.every(({ IamInstanceProfile }) => IamInstanceProfile === undefined));
  const { NetworkInterfaces } = await client.send(new DescribeNetworkInterfacesCommand({}));
  assert.equal(
    new Set(NetworkInterfaces?.flatMap(({ Groups }) => Groups?.map(({ GroupId }) => GroupId))),
    new Set(groups.map(({ id }) => id)),
  );
  for (const { id } of templates) {
    const { LaunchTemplateVersions } = await client.send(
      new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateId: id }),
    );
    const data = LaunchTemplateVersions?.[0]?.LaunchTemplateData;
    assert.is(data?.MetadataOptions?.HttpTokens, "required");
    assert.is(data?.MetadataOptions?.HttpPutResponseHopLimit, 1);
    assert.is(data?.BlockDeviceMappings?.[0]?.DeviceName, "/dev/xvda");
    assert.is(data?.BlockDeviceMappings?.[0]?.Ebs?.Encrypted, true);
    assert.is(data?.BlockDeviceMappings?.[0]?.Ebs?.DeleteOnTermination, true);
    assert.is(data?.IamInstanceProfile, undefined);
  }
  await destroyFleet("eu-central-1", ["fra-1", "fra-2"]);
  await assertMotoHolds("eu-central-1", []);
});

testOnMoto(test, "drift and replacement", async () => {
  const [old, now] = [
    sampleSensor("fra-1"),
    sampleSensor("fra-1", { userDataDigest: "other", ec2: { volumeGigabytes: 40 } }),
  ];
  await launchFleet([old]);
  assert.equal(didOf(await launchFleet([now])), ["fra-1 drifted"]);
  await assertMotoHolds("eu-central-1", [old]);
  assert.equal(didOf(await launchFleet([now], { replace: true })), ["fra-1 replaced"]);
  const { alive, volumes } = await holdings("eu-central-1");
  assert.equal([alive.length, volumes.map(({ Size }) => Size)], [1, [40]]);
  await destroyFleet("eu-central-1", ["fra-1"]);
  await assertMotoHolds("eu-central-1", []);
});

testOnMoto(
  test,
  "hundreds of sensors over several pages, launched again without a change, and all gone",
  async () => {
    const sensors = Array.from({ length: 210 }, (_, index) => sampleSensor(`fra-${index + 1}`));
    const { outcomes } = await launchFleet(sensors);
    assert.ok(outcomes.every(({ did }) => did === "launched"));
    await assertMotoHolds("eu-central-1", sensors);
    const again = await launchFleet(sensors);
    assert.ok(again.outcomes.every(({ did }) => did === "kept"));
    const { left } = await destroyFleet(
      "eu-central-1",
      sensors.map(({ name }) => name),
    );
    assert.equal(left, []);
    await assertMotoHolds("eu-central-1", []);
  },
);

testOnMoto(test, "other people's machines, groups and addresses stay as they are", async () => {
  const client = clientFor("eu-central-1");
  await launchFleet([sampleSensor("fra-1")]);
  const foreign = new EC2Client({ region: "eu-central-1" });
  const { RunInstancesCommand, AllocateAddressCommand, CreateSecurityGroupCommand } = await import(
    "@aws-sdk/client-ec2"
  );
  const tags = [{ Key: "Name", Value: "fra-1" }];
  await foreign.send(
    new RunInstancesCommand({
      ImageId: "ami-0a000002",
      InstanceType: "t3.small",
      MinCount: 1,
      MaxCount: 1,
      TagSpecifications: [{ ResourceType: "instance", Tags: tags }],
    }),
  );
  await foreign.send(new AllocateAddressCommand({ Domain: "vpc" }));
  await foreign.send(new CreateSecurityGroupCommand({ GroupName: "web", Description: "web" }));
  await destroyFleet("eu-central-1", ["fra-1"]);
  const { Reservations } = await client.send(
    new DescribeInstancesCommand({ Filters: [{ Name: "instance-state-name", Values: ["running"] }] }),
  );
  assert.is(Reservations?.length, 1);
  assert.is((await holdings("eu-central-1")).addresses.length, 1);
});

async function storedUserData(region: string, id: string): Promise<Buffer> {
  const { DescribeInstanceAttributeCommand } = await import("@aws-sdk/client-ec2");
  const { UserData } = await clientFor(region).send(
    new DescribeInstanceAttributeCommand({ InstanceId: id, Attribute: "userData" }),
  );
  return Buffer.from(UserData?.Value ?? "", "base64");
}

test.run();
