import { suite } from "uvu";
import * as assert from "uvu/assert";
import { bytesOf } from "../../src/artifacts/artifact.ts";
import { compile } from "../../src/artifacts/compile.ts";
import { payload } from "../../src/artifacts/payload.ts";
import { loadSettings } from "../../src/load/load.ts";
import { readRelease } from "../../src/load/read-release.ts";
import { type SettingReference, settingsReference } from "../../src/settings/reference.ts";
import { ageRecipient, ecdsaKey256, ed25519Key } from "../support/keys.ts";
import { virtualWorld } from "../support/virtual-world.ts";

// A setting that changes nothing would be silently ignored. Files that change with any setting (the digest and the files
// derived from it) do not count.

const test = suite("every leaf");
const release = await readRelease();

type Settings = { readonly [key: string]: unknown };
const admin = { ssh_keys: [ed25519Key], allow_from: ["198.51.100.0/24"] };
const server = { host: "192.0.2.9", user: "sensor", path: "/backups/{sensor}", host_key: ed25519Key };
const wifi = { ssid: "lab", psk: { env: "WIFI_PSK" }, country: "DE" };
const account = { install: true, email: "a@example.org", user_id: 1, api_key: { env: "API_KEY" } };
const tools = {
  cowrieprocessor: {},
  json_log_country: { geolite2: { account_id: 1, license_key: { env: "API_KEY" } } },
};
const notify = {
  heartbeat: { url: { env: "URL" } },
  webhook: { url: { env: "URL" } },
  mail: {
    host: "192.0.2.8",
    from: "a@example.org",
    to: ["b@example.org"],
    user: "a",
    password: { env: "PASSWORD" },
  },
};
const bases: readonly Settings[] = [
  { name: "a", target: "nocloud", admin },
  { name: "a", target: "nocloud", admin, backup: { format: "tar.zst", encrypt_to: [ageRecipient] } },
  { name: "a", target: "nocloud", admin, transfer: { ...server, private_key: { env: "TRANSFER_KEY" } } },
  { name: "a", target: "nocloud", admin, dshield: account },
  { name: "a", target: "nocloud", admin, tools },
  { name: "a", target: "nocloud", admin, siem: { logstash: "192.0.2.7:5044", ca: { env: "CA" } } },
  { name: "a", target: "nocloud", admin, notify },
  { name: "a", target: "nocloud", admin, metrics: { allow_from: ["192.0.2.9"] } },
  { name: "a", target: "nocloud", admin, network: { interface: "eth0", addresses: ["192.0.2.10/24"] } },
  { name: "a", target: "pi", os: "raspios-13", admin, network: { wifi } },
];

// Values that differ from the default and from the bases. A setting without a line here is tried with the first of its
// examples that is not its default, with the next number, or with the opposite.
const others: Readonly<Record<string, unknown>> = {
  target: "ec2",
  os: "debian-12",
  timezone: "Europe/Berlin",
  address: "192.0.2.44",
  delivery: "ssh",
  name: "b",
  "admin.user": "keeper",
  "admin.ssh_port": 22222,
  "admin.ssh_keys": [`${ed25519Key} another`],
  "admin.allow_from": "anywhere",
  "admin.rescue": { after_minutes: 45 },
  "dshield.install": false,
  "dshield.email": "b@example.org",
  "dshield.user_id": 2,
  "dshield.api_key": { env: "OTHER_API_KEY" },
  "dshield.repository": "https://git.example.org/dshield",
  "dshield.ref": "V100",
  "dshield.check_api_key": false,
  "dshield.certificate.country": "DE",
  "dshield.certificate.state": "Hesse",
  "dshield.certificate.city": "Kassel",
  "dshield.certificate.company": "Example Ltd.",
  "dshield.certificate.department": "Sales",
  "dshield.telnet": false,
  "dshield.velociraptor": true,
  "dshield.keep_configured": true,
  "dshield.daily_reboot": "04:30",
  "dshield.updates": "weekly",
  "security.egress": "restricted",
  "capture.interface": "eth1",
  "capture.exclude_ports": [9200],
  "capture.exclude_hosts": ["192.0.2.1"],
  "capture.filter": "not icmp",
  "capture.snap_length": 96,
  "capture.rotate.hours": 1,
  "capture.rotate.megabytes": 64,
  "capture.keep_days": 3,
  "logs.keep_days": 90,
  "backup.schedule": "15 1 * * *",
  "backup.sets": ["logs"],
  "backup.format": "7z",
  "backup.password": { env: "BACKUP_PASSWORD" },
  "backup.encrypt_to": [ed25519Key],
  "backup.keep_days": 3,
  "notify.heartbeat.url": { env: "OTHER_URL" },
  "notify.webhook.url": { env: "OTHER_URL" },
  "notify.webhook.format": "slack",
  "notify.webhook.token": { env: "TOKEN" },
  "notify.mail.port": 2525,
  "notify.mail.password": { env: "OTHER_PASSWORD" },
  "notify.mail.tls": "implicit",
  "siem.logstash": "siem.example.org:5045",
  "siem.ca": { env: "OTHER_CA" },
  "siem.plaintext": true,
  "siem.spool_megabytes": 100,
  "tools.memory_megabytes": 1024,
  "tools.time_limit_minutes": 5,
  "tools.keep_days": 10,
  "tools.cowrieprocessor.schedule": "15 2 * * *",
  "tools.cowrieprocessor.ref": "V2",
  "tools.cowrieprocessor.email": "b@example.org",
  "tools.cowrieprocessor.virustotal_api_key": { env: "OTHER_API_KEY" },
  "tools.cowrieprocessor.urlhaus_api_key": { env: "OTHER_API_KEY" },
  "tools.cowrieprocessor.spur_api_key": { env: "OTHER_API_KEY" },
  "tools.json_log_country.schedule": "15 2 * * 2",
  "tools.json_log_country.ref": "V2",
  "tools.json_log_country.geolite2.account_id": 2,
  "tools.json_log_country.geolite2.license_key": { env: "OTHER_API_KEY" },
  "transfer.host": "backups.example.org",
  "transfer.port": 2222,
  "transfer.user": "other",
  "transfer.path": "/elsewhere",
  "transfer.host_key": [ecdsaKey256],
  "transfer.private_key": { env: "OTHER_KEY" },
  "transfer.generate_key": true,
  "transfer.schedule": "15 5 * * *",
  "transfer.bandwidth_limit": 2000,
  "transfer.keep_days": 90,
  "disk.max_used_percent": 70,
  "disk.size_gigabytes": 100,
  "disk.capture_megabytes_per_day": 50,
  "network.interface": "ens3",
  "network.addresses": ["192.0.2.11/24"],
  "network.gateways": ["192.0.2.1"],
  "network.nameservers": ["192.0.2.53"],
  "network.wifi.ssid": "attic",
  "network.wifi.psk": { env: "OTHER_PSK" },
  "network.wifi.country": "FR",
  "network.wifi.hidden": true,
  "network.wifi.security": "wpa3",
  "pi.boot": "preseed",
};
// The settings of an EC2 machine are not in the machine's files: ec2/leaves.test.ts tests the launch plan.
// Those of a machine for OpenTofu: tofu/command.test.ts.
// The folder of a sensor's programs is there only if they are too large (artifacts/programs.test.ts).
const elsewhere = /^ec2\.|^machine\.|^programs_url$/;

for (const setting of settingsReference()) {
  const { path } = setting;
  if (!elsewhere.test(path))
    test(`${path} changes what is compiled`, async () => {
      const other = otherValue(setting);
      assert.ok(
        other !== undefined,
        `no value to try: give ${path} in src/settings/grammar an example that is not its default`,
      );
      for (const base of bases) {
        const before = await compiled(base);
        const after = await compiled(overlay(base, path.split("."), other));
        if (before !== undefined && after !== undefined && before !== after) return;
      }
      assert.unreachable(
        `${path} changes no file: resolve it in src/plan and use it in src/artifacts (or write a valid example)`,
      );
    });
}

for (const { path, default: builtIn } of settingsReference())
  if (builtIn !== undefined)
    test(`the default of ${path} is valid`, async () => {
      const sensor = overlay(bases[0] ?? {}, path.split("."), builtIn);
      const text = JSON.stringify({ version: 1, sensors: [sensor] });
      const { diagnostics } = await loadSettings("s.yaml", virtualWorld({ "s.yaml": text }), {
        readSecrets: false,
      });
      const found = diagnostics.filter(({ code }) => /^settings\/(invalid-value|wrong-type)$/.test(code));
      assert.is(
        found.map(({ message }) => message).join("; "),
        "",
        `correct the default of ${path} in src/settings/defaults.ts: ${found[0]?.message}`,
      );
    });

test("there is no other value for a setting that does not exist", () => {
  const known = settingsReference().map(({ path }) => path);
  for (const path of Object.keys(others)) assert.ok(known.includes(path), path);
});

function otherValue({ path, default: builtIn, examples }: SettingReference): unknown {
  if (path in others) return others[path];
  if (typeof builtIn === "boolean") return !builtIn;
  const example = examples.find((value) => JSON.stringify(value) !== JSON.stringify(builtIn));
  return example ?? (typeof builtIn === "number" ? builtIn + 1 : undefined);
}

async function compiled(sensor: Settings): Promise<string | undefined> {
  const outside = virtualWorld(
    {
      "s.yaml": JSON.stringify({ version: 1, sensors: [sensor] }),
      "/home/tester/.ssh/id_ed25519.pub": `${ed25519Key} other\n`,
    },
    {
      environment: {
        BACKUP_PASSWORD: "from-the-environment",
        TRANSFER_KEY: privateKey("one"),
        OTHER_KEY: privateKey("two"),
        CA: certificate("one"),
        OTHER_CA: certificate("two"),
        URL: "https://hooks.example.org/one",
        OTHER_URL: "https://hooks.example.org/two",
        TOKEN: "tk_one",
        PASSWORD: "correct",
        OTHER_PASSWORD: "battery",
        API_KEY: "abc123",
        OTHER_API_KEY: "def456",
        WIFI_PSK: "correct horse",
        OTHER_PSK: "battery staple",
      },
    },
  );
  const { sensors } = await loadSettings("s.yaml", outside, { readSecrets: true });
  const [first] = sensors;
  if (first === undefined) return undefined;
  const result = compile(first.plan, first.secrets, release);
  if (result.kind === "too-large") return undefined;
  const files = payload(first.plan, first.secrets, release.templates, {
    sensor: "",
    sensorbake: "",
    target: "",
    settings_digest: "",
  });
  const beside = result.artifacts.filter(({ path }) => /^(README\.txt|network-config)$/.test(path));
  return [...files, ...beside]
    .map((file) => `${file.path}\n${Buffer.from(bytesOf(file)).toString("base64")}`)
    .join("\n");
}

// The form of a private key without a passphrase; nothing in it is a key.
function privateKey(content: string): string {
  const body = Buffer.from(`openssh-key-v1\0\0\0\0\x04none${content}`).toString("base64");
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${body}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

function certificate(content: string): string {
  return `-----BEGIN CERTIFICATE-----\n${content}\n-----END CERTIFICATE-----\n`;
}

function overlay(settings: Settings, [key = "", ...rest]: readonly string[], value: unknown): Settings {
  const below = (settings[key] ?? {}) as Settings;
  return { ...settings, [key]: rest.length === 0 ? value : overlay(below, rest, value) };
}

test.run();
