import { suite } from "uvu";
import * as assert from "uvu/assert";
import { clientToken } from "../../src/ec2/client-token.ts";
import { changesNothing, planLaunch } from "../../src/ec2/plan-launch.ts";
import type { FoundInstance, Region } from "../../src/ec2/region.ts";
import { groupName, rulesOf } from "../../src/ec2/rules.ts";
import type { Ec2Sensor } from "../../src/ec2/sensor.ts";
import { shapeDigest } from "../../src/ec2/shape.ts";
import { tagKeys } from "../../src/ec2/tags.ts";
import { emptyRegion, sampleSensor } from "../support/ec2-sample.ts";

const test = suite("ec2/plan-launch");

function instanceOf(sensor: Ec2Sensor, more: Partial<FoundInstance> = {}): FoundInstance {
  return {
    id: `i-${sensor.name}`,
    state: "running",
    sensor: sensor.name,
    tags: { [tagKeys.userData]: sensor.userDataDigest, [tagKeys.shape]: shapeDigest(sensor) },
    instanceType: sensor.ec2.instanceType,
    imageId: "ami-0000000000000000a",
    publicAddress: "203.0.113.1",
    privateAddress: "10.0.0.1",
    groupIds: ["sg-1"],
    launched: "2026-11-24T00:00:00.000Z",
    ...more,
  };
}

function groupOf(sensor: Ec2Sensor): Region["groups"][number] {
  const rules = rulesOf(sensor);
  return { id: "sg-1", name: groupName(rules), network: "vpc-1", ...rules };
}

const fra = sampleSensor("fra");
const only = (sensors: readonly Ec2Sensor[], region: Region, replace = false) => {
  const { plan, problems } = planLaunch(sensors, region, { replace });
  assert.equal(problems, []);
  return plan;
};

test("plans a group, a template and an instance where nothing exists", () => {
  const plan = only([fra], emptyRegion());
  assert.equal(
    plan.groups.map(({ does }) => does),
    ["create"],
  );
  assert.equal(
    plan.templates.map(({ does }) => does),
    ["create"],
  );
  assert.equal(
    plan.sensors.map(({ does, address, image }) => [does, address.does, image]),
    [["launch", "none", "ami-0000000000000000a"]],
  );
  assert.not(changesNothing(plan));
});

test("requires IMDSv2 with one hop, an encrypted gp3 disk on the image's root device, no profile, capped credits", () => {
  const [step] = only([fra], emptyRegion()).templates;
  assert.equal(step?.template.data, {
    ImageId: "ami-0000000000000000a",
    InstanceType: "t3.small",
    BlockDeviceMappings: [
      {
        DeviceName: "/dev/xvda",
        Ebs: { VolumeSize: 20, VolumeType: "gp3", Encrypted: true, DeleteOnTermination: true },
      },
    ],
    MetadataOptions: {
      HttpEndpoint: "enabled",
      HttpTokens: "required",
      HttpPutResponseHopLimit: 1,
      InstanceMetadataTags: "disabled",
    },
    InstanceInitiatedShutdownBehavior: "stop",
    Monitoring: { Enabled: false },
    CreditSpecification: { CpuCredits: "standard" },
  });
});

test("makes one template and one group for any number of sensors of one shape, and another of each for another", () => {
  const many = Array.from({ length: 30 }, (_, index) => sampleSensor(`fra-${index}`));
  const arm = sampleSensor("arm", { ec2: { instanceType: "t4g.small", egress: "anywhere" } });
  const plan = only([...many, arm], emptyRegion());
  assert.is(plan.templates.length, 2);
  assert.is(plan.groups.length, 2);
  assert.is(plan.templates[1]?.template.data.ImageId, "ami-0000000000000000b");
});

test("changes nothing if everything matches the settings", () => {
  const plan = only([fra], emptyRegion({ instances: [instanceOf(fra)], groups: [groupOf(fra)] }));
  assert.equal(
    plan.sensors.map(({ does }) => does),
    ["keep"],
  );
  assert.ok(changesNothing(plan));
});

test("keeps a sensor when only a newer image has appeared", () => {
  const region = emptyRegion({
    instances: [instanceOf(fra, { imageId: "ami-0000000000000old0" })],
    groups: [groupOf(fra)],
  });
  assert.ok(changesNothing(only([fra], region)));
});

test("launches terminated sensors again with another token", () => {
  const before = only([fra], emptyRegion()).sensors[0];
  const ended = emptyRegion({ instances: [instanceOf(fra, { state: "terminated" })] });
  const after = only([fra], ended).sensors[0];
  assert.is(after?.does, "launch");
  const token = (step: typeof before) => step && clientToken(step.sensor, step.template, step.generation);
  assert.is.not(token(after), token(before));
});

test("completes the rules of a group after an interrupted run", () => {
  const region = emptyRegion({ groups: [{ ...groupOf(fra), ingress: [] }] });
  assert.equal(
    only([fra], region).groups.map(({ does }) => does),
    ["complete"],
  );
});

test("repairs the rules of a group that somebody has opened, also when every sensor is kept", () => {
  const group = groupOf(fra);
  const opened = {
    ...group,
    ingress: [...group.ingress, { protocol: "tcp", from: 12_222, to: 12_222, cidr: "0.0.0.0/0" }],
  };
  const plan = only([fra], emptyRegion({ instances: [instanceOf(fra)], groups: [opened] }));
  assert.equal(
    plan.groups.map(({ does }) => does),
    ["complete"],
  );
  assert.not(changesNothing(plan));
});

test("takes no group of another network for its own", () => {
  const region = emptyRegion({ groups: [{ ...groupOf(fra), network: "vpc-2" }] });
  assert.equal(
    only([fra], region).groups.map(({ does }) => does),
    ["create"],
  );
});

const drifts: readonly (readonly [string, Ec2Sensor, Partial<Region>, string])[] = [
  ["other user-data", { ...fra, userDataDigest: "other" }, {}, "its user-data"],
  ["another secret", fra, { sameUserData: new Map([["i-fra", false]]) }, "a secret in its user-data"],
  [
    "another type",
    sampleSensor("fra", { ec2: { instanceType: "t4g.small" } }),
    {},
    "its type (t3.small instead of t4g.small)",
  ],
  [
    "a larger disk",
    sampleSensor("fra", { ec2: { volumeGigabytes: 40 } }),
    {},
    "its image, disk or network rules",
  ],
  ["other security groups", fra, { groups: [{ ...groupOf(fra), name: "wide-open" }] }, "its security groups"],
  [
    "other egress",
    sampleSensor("fra", { ec2: { egress: "anywhere" } }),
    {},
    "its image, disk or network rules",
  ],
];
for (const [name, sensor, more, reason] of drifts) {
  test(`reports ${name} as drift and leaves the sensor alone`, () => {
    const plan = only(
      [sensor],
      emptyRegion({ instances: [instanceOf(fra)], groups: [groupOf(fra)], ...more }),
    );
    assert.equal(
      plan.sensors.map(({ does, drift }) => [does, drift]),
      [["drifted", [reason]]],
    );
    assert.ok(changesNothing(plan));
  });
  test(`replaces on --replace after ${name}`, () => {
    const region = emptyRegion({ instances: [instanceOf(fra)], groups: [groupOf(fra)], ...more });
    assert.equal(
      only([sensor], region, true).sensors.map(({ does }) => does),
      ["replace"],
    );
  });
}

const elastic = sampleSensor("fra", { ec2: { elasticIp: true } });
const address = (instanceId: string | undefined) => ({
  id: "eipalloc-1",
  address: "203.0.113.7",
  sensor: "fra",
  instanceId,
  associationId: undefined,
});
const addressCases: readonly (readonly [string, Ec2Sensor, Partial<Region>, string])[] = [
  ["allocates one that is wanted", elastic, {}, "allocate"],
  [
    "associates one that an interrupted run left alone",
    elastic,
    { addresses: [address(undefined)] },
    "associate",
  ],
  [
    "keeps one that is where it should be",
    elastic,
    { addresses: [address("i-fra")], instances: [instanceOf(elastic)] },
    "keep",
  ],
  ["adds one to a sensor that exists", elastic, { instances: [instanceOf(elastic)] }, "allocate"],
  [
    "releases one that the settings no longer request",
    fra,
    { addresses: [address("i-fra")], instances: [instanceOf(fra)] },
    "release",
  ],
  ["needs none", fra, {}, "none"],
];
for (const [name, sensor, more, does] of addressCases)
  test(`address: ${name}`, () => {
    assert.is(
      only([sensor], emptyRegion({ groups: [groupOf(sensor)], ...more })).sensors[0]?.address.does,
      does,
    );
  });

const problems: readonly (readonly [string, Ec2Sensor, Partial<Region>, RegExp])[] = [
  [
    "user-data too large",
    { ...fra, userData: new Uint8Array(16_385) },
    {},
    /16385 bytes, 1 more than EC2 allows/,
  ],
  [
    "a type that the region does not offer",
    sampleSensor("fra", { ec2: { instanceType: "t9.small" } }),
    {},
    /no instance type t9\.small/,
  ],
  ["no default network", fra, { networks: new Map() }, /no default network/],
  [
    "a subnet that does not exist",
    sampleSensor("fra", { ec2: { subnet: "subnet-1" } }),
    {},
    /no subnet subnet-1/,
  ],
  ["no image", fra, { images: new Map() }, /no image: newest debian-13 for x86_64/],
  [
    "a disk smaller than the image",
    sampleSensor("fra", { ec2: { volumeGigabytes: 4 } }),
    {},
    /less than the 8 of ami/,
  ],
  [
    "two instances of one name",
    fra,
    { instances: [instanceOf(fra), instanceOf(fra, { id: "i-2" })] },
    /2 instances carry its name: i-fra, i-2/,
  ],
];
for (const [name, sensor, more, message] of problems)
  test(`refuses ${name}, and still plans the others`, () => {
    const other = sampleSensor("other", {
      ec2: { image: { kind: "ssm", parameter: "/x" }, subnet: "subnet-9" },
    });
    const region = emptyRegion(more);
    const networks = new Map([...region.networks, ["subnet-9", "vpc-9"] as const]);
    const answer = planLaunch([sensor, other], { ...region, networks }, { replace: false });
    assert.equal(
      answer.problems.map(({ sensor }) => sensor),
      ["fra"],
    );
    assert.match(answer.problems[0]?.message ?? "", message);
    assert.equal(
      answer.plan.sensors.map(({ sensor }) => sensor.name),
      ["other"],
    );
  });

test("the client token is the same for the same sensor and settings, and of a length EC2 takes", () => {
  const token = clientToken(fra, "sensorbake-0", 0);
  assert.is(clientToken(sampleSensor("fra"), "sensorbake-0", 0), token);
  assert.ok(token.length <= 64 && /^[\x21-\x7e]+$/.test(token));
  const others = [
    clientToken(sampleSensor("fra2"), "sensorbake-0", 0),
    clientToken({ ...fra, userDataDigest: "x" }, "sensorbake-0", 0),
    clientToken(sampleSensor("fra", { ec2: { region: "us-east-1" } }), "sensorbake-0", 0),
    clientToken(fra, "sensorbake-1", 0),
    clientToken(fra, "sensorbake-0", 1),
  ];
  assert.is(new Set([token, ...others]).size, 6);
});

test.run();
