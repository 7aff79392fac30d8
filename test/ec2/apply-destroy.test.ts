import { suite } from "uvu";
import * as assert from "uvu/assert";
import { assertHolds, destroyFleet, launchFleet } from "../support/ec2-fleet.ts";
import { sampleSensor } from "../support/ec2-sample.ts";
import { type FakeEc2, startFakeEc2 } from "../support/fake-ec2/server.ts";

const test = suite<{ fake: FakeEc2 }>("ec2/apply-destroy");
const region = "eu-central-1";

test.before.each(async (context) => {
  context.fake = await startFakeEc2();
  Object.assign(process.env, context.fake.env);
});
test.after.each(({ fake }) => fake.close());

test("removes the sensors and all that only they used, and nothing else", async ({ fake }) => {
  const sensors = ["fra-1", "fra-2"].map((name) => sampleSensor(name, { ec2: { elasticIp: true } }));
  const account = fake.account(region);
  account.groups.set("sg-foreign", {
    name: "web",
    network: "vpc-00000001",
    ingress: [],
    egress: [],
    tags: {},
  });
  account.addresses.set("eipalloc-foreign", {
    address: "192.0.2.250",
    instance: undefined,
    tags: { Name: "fra-1" },
  });
  account.templates.set("lt-foreign", { name: "sensorbake-not", versions: [{}], tags: {} });
  await launchFleet(sensors);
  const foreign = [...account.instances.values()][0];
  if (foreign !== undefined)
    account.instances.set("i-foreign", { ...foreign, state: "running", tags: { Name: "fra-1" } });
  const { gone, left } = await destroyFleet(region, ["fra-1", "fra-2"]);
  assert.equal(left, []);
  assert.is(gone.length, 6);
  assert.equal(
    [...account.instances].filter(([, { state }]) => state === "running").map(([id]) => id),
    ["i-foreign"],
  );
  account.instances.delete("i-foreign");
  account.groups.delete("sg-foreign");
  account.addresses.delete("eipalloc-foreign");
  account.templates.delete("lt-foreign");
  assertHolds(account, []);
});

test("of two sensors that share a group and a template it removes one and keeps those", async ({ fake }) => {
  const [one, two] = [sampleSensor("fra-1"), sampleSensor("fra-2")];
  await launchFleet([one, two]);
  const { gone, left } = await destroyFleet(region, ["fra-1"]);
  assert.equal([gone.length, left], [1, []]);
  assertHolds(fake.account(region), [two]);
});

test("clears away the group and the template of a sensor that was replaced", async ({ fake }) => {
  await launchFleet([sampleSensor("fra-1"), sampleSensor("fra-2")]);
  const [one, two] = ["fra-1", "fra-2"].map((name) =>
    sampleSensor(name, { ec2: { egress: "anywhere", volumeGigabytes: 30 } }),
  );
  if (one === undefined || two === undefined) throw new Error("there are no sensors");
  await launchFleet([one, two], { replace: true });
  assert.is(fake.account(region).groups.size, 2);
  await destroyFleet(region, ["fra-1"]);
  assertHolds(fake.account(region), [two]);
});

test("destroying again finds nothing to do", async ({ fake }) => {
  await launchFleet([sampleSensor("fra-1")]);
  await destroyFleet(region, ["fra-1"]);
  const { gone, left } = await destroyFleet(region, ["fra-1"]);
  assert.equal([gone, left], [[], []]);
  assertHolds(fake.account(region), []);
});

test("keeps a protected instance and its resources with a reason, and removes the others", async ({
  fake,
}) => {
  const sensors = ["fra-1", "fra-2", "fra-3"].map((name) => sampleSensor(name));
  await launchFleet(sensors);
  const account = fake.account(region);
  for (const instance of account.instances.values())
    if (instance.tags.Name === "fra-2") instance.isProtected = true;
  const { left } = await destroyFleet(region, ["fra-1", "fra-2", "fra-3"]);
  assert.is(left.length, 1);
  assert.match(left[0]?.what ?? "", /^fra-2: i-/);
  assert.match(left[0]?.failure.message ?? "", "protected against termination");
  assertHolds(
    account,
    sensors.filter(({ name }) => name === "fra-2"),
  );
  for (const instance of account.instances.values()) instance.isProtected = false;
  await destroyFleet(region, ["fra-1", "fra-2", "fra-3"]);
  assertHolds(account, []);
});

test("waits for a group that the network interface of an ended instance still holds", async ({ fake }) => {
  await launchFleet([sampleSensor("fra-1")]);
  fake.fault = (action, _, number) =>
    action === "DeleteSecurityGroup" && number < 4 ? { refuse: "DependencyViolation" } : undefined;
  const { left } = await destroyFleet(region, ["fra-1"]);
  assert.equal(left, []);
  assertHolds(fake.account(region), []);
});

test("an interrupt lets running terminations finish and leaves the rest for the next run", async ({
  fake,
}) => {
  const names = Array.from({ length: 120 }, (_, index) => `fra-${index}`);
  await launchFleet(names.map((name) => sampleSensor(name)));
  const interrupt = new AbortController();
  fake.after = (action) => {
    if (action === "TerminateInstances") interrupt.abort();
  };
  const { isInterrupted } = await destroyFleet(region, names, interrupt.signal);
  assert.ok(isInterrupted);
  const states = [...fake.account(region).instances.values()].map(({ state }) => state);
  assert.is(states.filter((state) => state === "running").length, 20);
  fake.after = () => undefined;
  await destroyFleet(region, names);
  assertHolds(fake.account(region), []);
});

test.run();
