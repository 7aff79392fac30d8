import { suite } from "uvu";
import * as assert from "uvu/assert";
import { planLaunch } from "../../src/ec2/plan-launch.ts";
import { ec2SensorOf } from "../../src/ec2/sensor-of.ts";
import { loadSettings } from "../../src/load/load.ts";
import { readRelease } from "../../src/load/read-release.ts";
import { settingsReference } from "../../src/settings/reference.ts";
import { emptyRegion } from "../support/ec2-sample.ts";
import { ed25519Key } from "../support/keys.ts";
import { virtualWorld } from "../support/virtual-world.ts";

// Each EC2 setting, and each other setting that affects how the machine is created, changes the launch plan.
const test = suite("ec2/leaves");
// The programs are left out: their content does not matter here and might not fit.
const { templates, folders } = await readRelease();
const empty = templates.map((template) => ({ ...template, text: "" }));
const release = { version: "0.0.0", folders, templates: empty };

type Settings = { readonly [key: string]: unknown };
const base: Settings = {
  name: "a",
  target: "ec2",
  admin: { ssh_keys: [ed25519Key], allow_from: ["198.51.100.0/24"] },
  ec2: { region: "eu-central-1" },
};
const server = {
  host: "192.0.2.9",
  user: "sensor",
  path: "/backups/{sensor}",
  host_key: ed25519Key,
  generate_key: true,
};

// A new setting of EC2 needs a line here.
const others: readonly (readonly [string, Settings])[] = [
  ["ec2.region", { ec2: { region: "us-east-1" } }],
  ["ec2.instance_type", { ec2: { region: "eu-central-1", instance_type: "t4g.small" } }],
  [
    "ec2.image",
    { ec2: { region: "eu-central-1", image: "resolve:ssm:/aws/service/debian/release/13/latest/amd64" } },
  ],
  ["ec2.subnet", { ec2: { region: "eu-central-1", subnet: "subnet-0123456789abcdef0" } }],
  ["ec2.volume_gigabytes", { ec2: { region: "eu-central-1", volume_gigabytes: 30 } }],
  ["ec2.elastic_ip", { ec2: { region: "eu-central-1", elastic_ip: true } }],
  ["ec2.egress", { ec2: { region: "eu-central-1", egress: "anywhere" } }],
  ["os", { os: "ubuntu-24.04" }],
  [
    "admin.ssh_port",
    { admin: { ssh_keys: [ed25519Key], allow_from: ["198.51.100.0/24"], ssh_port: 22_222 } },
  ],
  ["admin.allow_from", { admin: { ssh_keys: [ed25519Key], allow_from: ["203.0.113.0/24"] } }],
  ["disk.size_gigabytes", { disk: { size_gigabytes: 40 } }],
  ["siem.logstash", { siem: { logstash: "192.0.2.7:5044", plaintext: true } }],
  ["transfer.port", { transfer: { ...server, port: 2222 } }],
];

for (const [path, other] of others)
  test(`${path} changes the launch plan`, async () => {
    assert.is.not(await launchPlan({ ...base, ...other }), await launchPlan(base));
  });

test("every setting of EC2 has another value to try", () => {
  const known = settingsReference().flatMap(({ path }) => (path.startsWith("ec2.") ? [path] : []));
  assert.equal(known.sort(), others.flatMap(([path]) => (path.startsWith("ec2.") ? [path] : [])).sort());
});

// Without the user-data, which nearly every setting changes.
async function launchPlan(settings: Settings): Promise<string> {
  const text = JSON.stringify({ version: 1, sensors: [settings] });
  const loaded = await loadSettings("sensors.yaml", virtualWorld({ "sensors.yaml": text }), {
    readSecrets: true,
  });
  assert.equal(
    loaded.diagnostics.filter(({ severity }) => severity === "error"),
    [],
  );
  const [sensor] = loaded.sensors;
  if (sensor?.plan.ec2 === undefined) throw new Error("it is no sensor of EC2");
  const made = ec2SensorOf(sensor.plan, sensor.plan.ec2, sensor.secrets, release);
  if (made.kind === "too-large") throw new Error("it is too large");
  const { images } = emptyRegion();
  const noble = [...images.values()].map((image) => ({
    ...image,
    id: "ami-0000000000000000c",
    rootDevice: "/dev/sda1",
  }));
  const region = emptyRegion({
    name: made.ec2.region,
    networks: new Map([
      ["", "vpc-1"],
      ["subnet-0123456789abcdef0", "vpc-2"],
    ]),
    images: new Map([
      ...images,
      ...noble.map((image) => [`newest ubuntu-24.04 ${image.architecture}`, image] as const),
    ]),
  });
  const { plan, problems } = planLaunch([made], region, { replace: false });
  assert.equal(problems, []);
  const steps = plan.sensors.map(({ sensor, ...step }) => ({ ...step, ec2: sensor.ec2.subnet ?? null }));
  return JSON.stringify({ ...plan, sensors: steps });
}

test.run();
