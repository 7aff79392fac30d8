import { suite } from "uvu";
import * as assert from "uvu/assert";
import { tagKeys } from "../../src/ec2/tags.ts";
import { assertHolds, didOf, launchFleet } from "../support/ec2-fleet.ts";
import { sampleSensor } from "../support/ec2-sample.ts";
import { type FakeEc2, startFakeEc2 } from "../support/fake-ec2/server.ts";

// The real SDK against our own endpoint. After every scenario the account contains exactly the planned resources.
const test = suite<{ fake: FakeEc2 }>("ec2/apply-launch");
const region = "eu-central-1";

test.before.each(async (context) => {
  context.fake = await startFakeEc2();
  Object.assign(process.env, context.fake.env);
});
test.after.each(({ fake }) => fake.close());

const names = (count: number) => Array.from({ length: count }, (_, index) => `fra-${index + 1}`);
const changes = (fake: FakeEc2) =>
  fake.requests.filter(({ action }) => !/^(Describe|Get)/.test(action)).map(({ action }) => action);

test("launches sensors, and launching again changes nothing", async ({ fake }) => {
  const sensors = names(3).map((name) => sampleSensor(name));
  assert.equal(didOf(await launchFleet(sensors)), ["fra-1 launched", "fra-2 launched", "fra-3 launched"]);
  assertHolds(fake.account(region), sensors);
  const before = changes(fake).length;
  const again = await launchFleet(sensors);
  assert.equal(didOf(again), ["fra-1 kept", "fra-2 kept", "fra-3 kept"]);
  assert.is(changes(fake).length, before);
  assertHolds(fake.account(region), sensors);
  assert.ok(
    again.outcomes.every(({ instance, address }) => instance?.state === "running" && address !== undefined),
  );
});

test("selects the newest image of the trusted owner, not of others with the same name", async ({ fake }) => {
  await launchFleet([sampleSensor("fra-1")]);
  assert.equal(
    [...fake.account(region).instances.values()].map(({ image }) => image),
    ["ami-00000002"],
  );
});

test("reads the root device from the image", async ({ fake }) => {
  const sensor = sampleSensor("nyc", {
    os: "ubuntu-24.04",
    ec2: { region: "us-east-1", instanceType: "t4g.small" },
  });
  await launchFleet([sensor]);
  assertHolds(fake.account("us-east-1"), [sensor]);
  const [template] = fake.account("us-east-1").templates.values();
  assert.match(JSON.stringify(template?.versions[0]?.BlockDeviceMapping), '"DeviceName":"/dev/sda1"');
});

test("lets EC2 resolve a parameter, and still encrypts the one disk", async ({ fake }) => {
  const image = { kind: "ssm", parameter: "/aws/service/debian/release/13/latest/amd64" } as const;
  const sensors = names(2).map((name) => sampleSensor(name, { ec2: { image } }));
  await launchFleet(sensors);
  assertHolds(fake.account(region), sensors);
  const [template] = fake.account(region).templates.values();
  assert.is(template?.versions.length, 2);
  assert.equal(
    [...fake.account(region).instances.values()].map(({ image }) => image),
    ["ami-00000002", "ami-00000002"],
  );
});

test("completes a looked-up template that was left without its disk", async ({ fake }) => {
  const image = { kind: "ssm", parameter: "/aws/service/debian/release/13/latest/amd64" } as const;
  const sensors = [sampleSensor("fra-1", { ec2: { image } })];
  fake.fault = (action) =>
    action === "CreateLaunchTemplateVersion" ? { refuse: "UnauthorizedOperation", status: 403 } : undefined;
  assert.equal(didOf(await launchFleet(sensors)), ["fra-1 failed"]);
  assert.is(fake.account(region).instances.size, 0);
  fake.fault = () => undefined;
  assert.equal(didOf(await launchFleet(sensors)), ["fra-1 launched"]);
  assertHolds(fake.account(region), sensors);
});

test("finds the image that our own Packer build has tagged, whatever its root device", async ({ fake }) => {
  const baked = fake.account(region).images.get("ami-00000005");
  Object.assign(baked?.tags ?? {}, { [tagKeys.managedBy]: "sensorbake", "sensorbake:os": "debian-13" });
  const sensor = sampleSensor("fra-1", { ec2: { image: { kind: "baked" } } });
  await launchFleet([sensor]);
  assertHolds(fake.account(region), [sensor]);
  assert.is([...fake.account(region).instances.values()][0]?.image, "ami-00000005");
});

test("names a pinned image that does not exist, and launches the others", async ({ fake }) => {
  const lost = sampleSensor("lost", { ec2: { image: { kind: "ami", id: "ami-0dead0000" } } });
  const pinned = sampleSensor("fra-1", { ec2: { image: { kind: "ami", id: "ami-00000001" } } });
  const { problems, outcomes } = await launchFleet([lost, pinned]);
  assert.equal(
    problems.map(({ sensor, message }) => `${sensor}: ${message}`),
    ["lost: no image: ami-0dead0000 for x86_64 in eu-central-1"],
  );
  assert.is(outcomes[0]?.instance?.imageId, "ami-00000001");
  assertHolds(fake.account(region), [pinned]);
});

test("uses the subnet of the settings and makes the group in its network", async ({ fake }) => {
  const sensor = sampleSensor("fra-1", { ec2: { subnet: "subnet-00000001" } });
  await launchFleet([sensor]);
  assertHolds(fake.account(region), [sensor]);
  assert.is([...fake.account(region).groups.values()][0]?.network, "vpc-00000002");
});

test("reports drift and changes nothing; --replace recreates the sensor, and the old group and template stay for destroy", async ({
  fake,
}) => {
  const old = sampleSensor("fra-1");
  await launchFleet([old]);
  const now = sampleSensor("fra-1", {
    userData: Buffer.from("#cloud-config\n{}\n"),
    userDataDigest: "other",
  });
  const before = changes(fake).length;
  const drifted = await launchFleet([now]);
  assert.equal(didOf(drifted), ["fra-1 drifted"]);
  assert.is(changes(fake).length, before);
  assertHolds(fake.account(region), [old]);
  assert.equal(didOf(await launchFleet([now], { replace: true })), ["fra-1 replaced"]);
  assert.is(
    [...fake.account(region).instances.values()].filter(({ state }) => state === "shutting-down").length <= 1,
    true,
  );
  await launchFleet([now]);
  assertHolds(fake.account(region), [now]);
});

test("notices a changed secret although no tag contains its digest", async ({ fake }) => {
  await launchFleet([sampleSensor("fra-1", { userData: Buffer.from("password: one") })]);
  const now = sampleSensor("fra-1", { userData: Buffer.from("password: two") });
  assert.equal(didOf(await launchFleet([now])), ["fra-1 drifted"]);
  assert.equal(didOf(await launchFleet([now], { replace: true })), ["fra-1 replaced"]);
  await launchFleet([now]);
  assertHolds(fake.account(region), [now]);
});

test("allocates an Elastic IP, keeps it across a replacement, and releases it when it is no longer wanted", async ({
  fake,
}) => {
  const elastic = sampleSensor("fra-1", { ec2: { elasticIp: true } });
  const first = await launchFleet([elastic]);
  assertHolds(fake.account(region), [elastic]);
  const [address] = [...fake.account(region).addresses.values()].map(({ address }) => address);
  assert.is(first.outcomes[0]?.address, address);
  const other = { ...elastic, userDataDigest: "other" };
  const second = await launchFleet([other], { replace: true });
  assert.is(second.outcomes[0]?.address, address);
  await launchFleet([other]);
  assertHolds(fake.account(region), [other]);
  const plain = { ...other, ec2: { ...other.ec2, elasticIp: false } };
  assert.equal(didOf(await launchFleet([plain])), ["fra-1 kept"]);
  assertHolds(fake.account(region), [plain]);
});

test("associates an address that a run left without its instance", async ({ fake }) => {
  const elastic = sampleSensor("fra-1", { ec2: { elasticIp: true } });
  fake.fault = (action) =>
    action === "AssociateAddress" ? { refuse: "InternalFailure", status: 400 } : undefined;
  assert.equal(didOf(await launchFleet([elastic])), ["fra-1 failed"]);
  fake.fault = () => undefined;
  assert.equal(didOf(await launchFleet([elastic])), ["fra-1 kept"]);
  assertHolds(fake.account(region), [elastic]);
});

test("launches destroyed sensors again, though EC2 still knows the tokens", async ({ fake }) => {
  const sensors = [sampleSensor("fra-1")];
  await launchFleet(sensors);
  const account = fake.account(region);
  for (const forgetsEnded of [false, true, true]) {
    account.forgetsEnded = forgetsEnded;
    for (const instance of account.instances.values()) instance.state = "terminated";
    account.volumes.clear();
    account.interfaces.clear();
    assert.equal(didOf(await launchFleet(sensors)), ["fra-1 launched"]);
    assertHolds(account, sensors);
  }
});

test("repairs a group that somebody has opened", async ({ fake }) => {
  const sensors = [sampleSensor("fra-1")];
  await launchFleet(sensors);
  const [group] = fake.account(region).groups.values();
  group?.ingress.push({ protocol: "tcp", from: 12_222, to: 12_222, cidr: "0.0.0.0/0" });
  group?.egress.push({ protocol: "-1", cidr: "::/0" });
  assert.equal(didOf(await launchFleet(sensors)), ["fra-1 kept"]);
  assertHolds(fake.account(region), sensors);
});

test.run();
