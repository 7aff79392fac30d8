import { suite } from "uvu";
import * as assert from "uvu/assert";
import { clientFor } from "../../src/cli/shared/open-ec2.ts";
import { OutsideError } from "../../src/diagnostics/outside-error.ts";
import { applyLaunch } from "../../src/ec2/apply-launch.ts";
import { planLaunch } from "../../src/ec2/plan-launch.ts";
import { readRegion } from "../../src/ec2/read-region.ts";
import { groupName, rulesOf } from "../../src/ec2/rules.ts";
import { assertHolds, didOf, launchFleet } from "../support/ec2-fleet.ts";
import { sampleSensor } from "../support/ec2-sample.ts";
import { type FakeEc2, startFakeEc2 } from "../support/fake-ec2/server.ts";

// Failures between sensorbake and EC2, each followed by the run that completes the launch.
const test = suite<{ fake: FakeEc2 }>("ec2/faults");
const region = "eu-central-1";

test.before.each(async (context) => {
  context.fake = await startFakeEc2();
  Object.assign(process.env, context.fake.env);
});
test.after.each(({ fake }) => fake.close());

const fleet = (count: number) =>
  Array.from({ length: count }, (_, index) => sampleSensor(`fra-${index + 1}`));
const count = (fake: FakeEc2, name: string) => fake.requests.filter(({ action }) => action === name).length;

test("an answer that is lost after the instance was made makes no second one", async ({ fake }) => {
  const sensors = fleet(3);
  fake.fault = (action, _, number) =>
    action === "RunInstances" && number % 2 === 1 ? { lose: true } : undefined;
  assert.equal(didOf(await launchFleet(sensors)), ["fra-1 launched", "fra-2 launched", "fra-3 launched"]);
  assert.ok(count(fake, "RunInstances") > 3);
  assertHolds(fake.account(region), sensors);
});

test("a run that died after the launch is continued by the next, whether or not EC2 lists the instance yet", async ({
  fake,
}) => {
  const sensors = fleet(2);
  const client = clientFor(region);
  const stale = await readRegion(client, region, sensors);
  const { plan } = planLaunch(sensors, stale, { replace: false });
  await launchFleet(sensors);
  const run = { tell: () => undefined, count: () => () => undefined, signal: new AbortController().signal };
  const again = await applyLaunch(client, plan, stale, run);
  assert.equal(
    again.map(({ did }) => did),
    ["launched", "launched"],
  );
  assertHolds(fake.account(region), sensors);
});

test("throttling slows the launch and fails nothing", async ({ fake }) => {
  const sensors = fleet(4);
  fake.fault = (action, _, number) =>
    (action === "RunInstances" && number <= 2) || (action === "DescribeImages" && number === 1)
      ? { refuse: "RequestLimitExceeded", status: 503 }
      : undefined;
  const { outcomes } = await launchFleet(sensors);
  assert.ok(outcomes.every(({ did }) => did === "launched"));
  assert.is(count(fake, "RunInstances"), 6);
  assertHolds(fake.account(region), sensors);
});

test("a sensor for which there is no machine does not keep the others from being made, and the next run completes it", async ({
  fake,
}) => {
  const sensors = fleet(4);
  fake.fault = (action, query) =>
    action === "RunInstances" && JSON.stringify(query).includes("fra-2")
      ? { refuse: "InsufficientInstanceCapacity" }
      : undefined;
  const launched = await launchFleet(sensors);
  assert.equal(didOf(launched), ["fra-1 launched", "fra-2 failed", "fra-3 launched", "fra-4 launched"]);
  const failure = launched.outcomes[1]?.failure;
  assert.match(
    failure?.message ?? "",
    /^EC2 currently has no capacity for this instance type in this zone \(RunInstances, request [0-9a-f-]{36}\)$/,
  );
  assert.match(failure?.hint ?? "", "run launch again later");
  assertHolds(
    fake.account(region),
    sensors.filter(({ name }) => name !== "fra-2"),
  );
  fake.fault = () => undefined;
  assert.equal(didOf(await launchFleet(sensors)), [
    "fra-1 kept",
    "fra-2 launched",
    "fra-3 kept",
    "fra-4 kept",
  ]);
  assertHolds(fake.account(region), sensors);
});

test("a denied action is said once, names itself and the policy, and nothing more is tried", async ({
  fake,
}) => {
  const sensors = fleet(40);
  fake.fault = (action) =>
    action === "RunInstances" ? { refuse: "UnauthorizedOperation", status: 403 } : undefined;
  const { outcomes } = await launchFleet(sensors);
  assert.ok(count(fake, "RunInstances") <= 8, `${count(fake, "RunInstances")} requests`);
  const failed = outcomes.filter(({ did }) => did === "failed");
  assert.match(failed[0]?.failure?.message ?? "", "these credentials are not allowed ec2:RunInstances");
  assert.match(failed[0]?.failure?.hint ?? "", "launch --print-policy");
  assert.is(failed.length, 40);
  fake.fault = () => undefined;
  await launchFleet(sensors);
  assertHolds(fake.account(region), sensors);
});

test("a group that was left without its rules gets them from the next run", async ({ fake }) => {
  const sensors = fleet(2);
  fake.fault = (action) =>
    action === "AuthorizeSecurityGroupEgress" ? { refuse: "UnauthorizedOperation", status: 403 } : undefined;
  const { outcomes } = await launchFleet(sensors);
  assert.ok(outcomes.every(({ did }) => did === "failed"));
  assert.is(fake.account(region).instances.size, 0);
  fake.fault = () => undefined;
  await launchFleet(sensors);
  assertHolds(fake.account(region), sensors);
});

test("two launches at once make one group, one template and one instance a sensor", async ({ fake }) => {
  const sensors = fleet(5);
  const both = await Promise.all([launchFleet(sensors), launchFleet(sensors)]);
  for (const { outcomes } of both)
    assert.equal(
      outcomes.flatMap(({ failure }) => failure?.message ?? []),
      [],
    );
  assertHolds(fake.account(region), sensors);
});

test("waits for EC2 to know the group and the template it has just made", async ({ fake }) => {
  const sensors = fleet(2);
  fake.fault = (action, _, number) => {
    if (action !== "RunInstances" || number > 6) return undefined;
    return { refuse: number % 2 === 0 ? "InvalidGroup.NotFound" : "InvalidLaunchTemplateId.NotFound" };
  };
  assert.equal(didOf(await launchFleet(sensors)), ["fra-1 launched", "fra-2 launched"]);
  assertHolds(fake.account(region), sensors);
});

test("leaves alone a group that has its name and not its tag", async ({ fake }) => {
  const [sensor] = fleet(1);
  if (sensor === undefined) throw new Error("there is no sensor");
  const name = groupName(rulesOf(sensor));
  const foreign = { name, network: "vpc-00000001", ingress: [], egress: [], tags: {} };
  fake.account(region).groups.set("sg-foreign", foreign);
  const { outcomes } = await launchFleet([sensor]);
  assert.match(
    outcomes[0]?.failure?.message ?? "",
    `a security group named ${name} exists and has not the tag`,
  );
  assert.equal(fake.account(region).groups.get("sg-foreign"), {
    name,
    network: "vpc-00000001",
    ingress: [],
    egress: [],
    tags: {},
  });
  assert.is(fake.account(region).instances.size, 0);
});

test("an interrupt finishes running calls, starts no more and lists the resources", async ({ fake }) => {
  const sensors = fleet(60);
  const interrupt = new AbortController();
  fake.after = (action) => {
    if (action === "RunInstances" && fake.account(region).instances.size === 5) interrupt.abort();
  };
  const { outcomes } = await launchFleet(sensors, { signal: interrupt.signal });
  const made = [...fake.account(region).instances].map(([id]) => id).sort();
  assert.ok(made.length >= 5 && made.length < 20, `${made.length} were made`);
  assert.equal(outcomes.flatMap(({ instance }) => instance?.id ?? []).sort(), made);
  assert.is(outcomes.filter(({ did }) => did === "interrupted").length, 60 - made.length);
  fake.after = () => undefined;
  await launchFleet(sensors);
  assertHolds(fake.account(region), sensors);
});

test("an instance that ends instead of running is a failure of its sensor", async ({ fake }) => {
  const sensors = fleet(2);
  fake.after = (action) => {
    const [first] = fake.account(region).instances.values();
    if (action === "RunInstances" && first !== undefined) first.state = "terminated";
  };
  const { outcomes } = await launchFleet(sensors);
  const failed = outcomes.filter(({ did }) => did === "failed");
  assert.is(failed.length, 1);
  assert.match(failed[0]?.failure?.message ?? "", /was started and is terminated/);
});

test("a failure that affects every request stops the reading with one line", async ({ fake }) => {
  const cases = [
    ["AuthFailure", 401, "AWS does not accept these credentials"],
    ["ExpiredToken", 400, "these credentials have expired"],
    ["OptInRequired", 403, "the account has not opted in"],
    ["UnauthorizedOperation", 403, "not allowed ec2:DescribeInstances"],
  ] as const;
  for (const [refuse, status, message] of cases) {
    fake.fault = () => ({ refuse, status });
    try {
      await launchFleet(fleet(1));
      assert.unreachable();
    } catch (error) {
      assert.instance(error, OutsideError);
      assert.match(String(error), message);
      assert.match(String(error), /\(DescribeInstances, request [0-9a-f-]{36}\)$/);
    }
  }
});

test.run();
