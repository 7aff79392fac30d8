import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Secrets } from "../../src/artifacts/payload.ts";
import { readRelease } from "../../src/load/read-release.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { planOf } from "../support/example-plan.ts";
import { ed25519Key } from "../support/keys.ts";
import { type MachineToChange, machineToChange } from "../support/machine-to-change.ts";
import { needs } from "../support/needs.ts";

const test = suite("what takes effect on a running sensor");
const asRoot = needs("root", "tar");

type Settings = { readonly [key: string]: unknown };

const plain: Settings = {
  name: "sensor-1",
  target: "nocloud",
  admin: { ssh_keys: [ed25519Key], allow_from: ["198.51.100.0/24"] },
};
const dshield = { install: true, email: "a@example.org", user_id: 1, api_key: "CANARY", ref: "main" };
const reporting: Settings = { ...plain, dshield };
const key: Secrets = new Map([["dshield.api_key", "CANARY"]]);
const everything: Settings = {
  ...plain,
  admin: { ...(plain.admin as object), rescue: { after_minutes: 60 } },
  dshield: { ...dshield, updates: "weekly" },
  security: { egress: "restricted" },
};
const transfer = {
  host: "backup.example.org",
  user: "u",
  path: "/a",
  generate_key: true,
  host_key: ed25519Key,
};

const changes: readonly (readonly [
  name: string,
  from: Settings,
  to: Settings,
  wanted: readonly string[],
  unwanted?: readonly string[],
])[] = [
  [
    "weekly updates start their timer",
    reporting,
    { ...plain, dshield: { ...dshield, updates: "weekly" } },
    ["file\tadd\t/etc/systemd/system/honeypot-update.timer", "step\tnow\t55-firewall"],
  ],
  [
    "no weekly updates stop it",
    { ...plain, dshield: { ...dshield, updates: "weekly" } },
    reporting,
    ["unit\tstop\thoneypot-update.timer"],
  ],
  [
    "another commit is installed with another account, not the old one",
    reporting,
    { ...plain, dshield: { ...dshield, ref: "dev", telnet: false } },
    ["step\tlater\t45-clones", "step\tlater\t50-dshield"],
    ["step\tnow\t45-clones"],
  ],
  [
    "another repository at the same ref is an update",
    reporting,
    { ...plain, dshield: { ...dshield, repository: "https://example.org/fork" } },
    ["update\tdshield\thttps://example.org/fork main"],
  ],
  [
    "a new DShield restarts no unit that does not exist yet",
    plain,
    reporting,
    ["step\tlater\t50-dshield"],
    ["unit\trestart\tcowrie.service", "unit\trestart\tdshieldfw.service"],
  ],
  [
    "the time zone reaches the running rsyslog",
    plain,
    { ...plain, timezone: "America/New_York" },
    ["unit\trestart\trsyslog.service", "step\tnow\t60-services"],
  ],
  [
    "the networks of the exporter restart it with new rules",
    { ...plain, metrics: { allow_from: ["192.0.2.9"] } },
    { ...plain, metrics: { allow_from: ["192.0.2.10"] } },
    ["unit\trestart\tprometheus-node-exporter.service", "step\tnow\t60-services"],
  ],
  [
    "without metrics the exporter is stopped, not restarted with the settings of its package",
    { ...plain, metrics: { allow_from: ["192.0.2.9"] } },
    plain,
    ["unit\tstop\tprometheus-node-exporter.service", "unit\tstop\thoneypot-health.timer"],
    ["unit\trestart\tprometheus-node-exporter.service"],
  ],
  [
    "the capture's length restarts the capture",
    plain,
    { ...plain, capture: { snap_length: 262144 } },
    ["unit\trestart\thoneypot-capture.service"],
  ],
];

const running = [
  "honeypot-capture.service",
  "prometheus-node-exporter.service",
  "rsyslog.service",
  "ssh.service",
  "honeypot-update.timer",
];

for (const [name, from, to, wanted, unwanted = []] of changes)
  asRoot(test, name, () =>
    withMachine(from, async (machine) => {
      await machine.write("active", `${running.join("\n")}\n`);
      await machine.stage(await planOf(to));
      const { code, stdout, stderr } = await machine.engine("plan");
      assert.is(code, 0, stdout + stderr);
      const lines = stdout.split("\n");
      for (const line of wanted) assert.ok(lines.includes(line), `${line} is not in\n${stdout}`);
      for (const line of unwanted) assert.not.ok(lines.includes(line), `${line} is in\n${stdout}`);
    }),
  );

/** systemd reads these when it starts them the next time. */
const readAtNextStart =
  /\/(cloud-final\.service\.d\/.*|honeypot-(collect|egress|first-boot|health|links|reapply|rescue|retention|update)\.service|honeypot-first-boot\.service\.d\/.*)$/;

asRoot(test, "each changed unit and sshd's configuration restart what runs with them", () =>
  withMachine(everything, async (machine) => {
    const plan = await planOf(everything);
    const { templates } = await readRelease();
    const files = templates
      .map(({ path }) => path.replace(/\.mustache$/, "").slice(1))
      .filter((path) => path.startsWith("etc/systemd/system/") || path.startsWith("etc/ssh/"));
    let checked = 0;
    for (const file of files) {
      const isInstalled = await machine.exists(file);
      if (!isInstalled || readAtNextStart.test(`/${file}`)) continue;
      checked++;
      const unit = file.startsWith("etc/ssh/")
        ? "ssh.service"
        : (file.split("/").find((part) => part.endsWith(".d")) ?? file.split("/").at(-1) ?? "").replace(
            /\.d$/,
            "",
          );
      const content = await machine.read(file);
      await machine.write(file, "# an older version\n");
      await machine.write("active", `${unit}\n`);
      await machine.stage(plan);
      const { stdout } = await machine.engine("plan");
      // 60-services restarts the rules of the admin port.
      const line =
        unit === "honeypot-admin-access.service" ? "step\tnow\t60-services" : `unit\trestart\t${unit}`;
      assert.ok(stdout.split("\n").includes(line), `${line} is not in\n${stdout}`);
      await machine.write(file, content);
    }
    assert.ok(checked >= 10, String(checked));
  }),
);

asRoot(
  test,
  "without its server the capture no longer excludes that server, and the sensor's key is gone",
  () =>
    withMachine({ ...plain, transfer }, async (machine) => {
      const filter = "var/lib/honeypot/state/transfer.filter";
      await machine.write(filter, " and not (host 192.0.2.1 and tcp port 22)\n");
      await machine.write("etc/honeypot/secrets/transfer_key", "CANARY");
      await machine.stage(await planOf(plain));
      assert.is((await machine.engine("start 0")).code, 0);
      assert.match(await machine.read("var/lib/honeypot/state/apply.last"), / ok /);
      assert.not.ok(await machine.exists(filter));
      assert.not.ok(await machine.exists("etc/honeypot/secrets/transfer_key"));
      assert.match(await machine.read("calls"), "systemctl try-restart honeypot-capture.service");
    }),
);

const state = "var/lib/honeypot/state";
const without: Settings = { ...reporting, admin: { ...(plain.admin as object), rescue: "off" } };
const kept = ["backup.notes", "capture.last", "links.last", "dshield-update.last", "reapply.last"];
const measurements = "../../../../run/honeypot-metrics/honeypot.prom";
const featureResults: readonly (readonly [
  feature: string,
  settings: Settings,
  results: readonly string[],
])[] = [
  ["transfer", { transfer }, ["transfer.last", "transfer.notes", "transfer.running"]],
  ["siem", { siem: { logstash: "192.0.2.7:5044", plaintext: true } }, ["siem.last"]],
  ["rescue", { admin: everything.admin }, ["rescue.last"]],
  ["egress", { security: { egress: "restricted" } }, ["egress.last"]],
  ["tools", { tools: { json_log_country: {} } }, ["json_log_country.last", "json_log_country.notes"]],
  ["notify", { notify: { heartbeat: { url: { env: "URL" } } } }, ["health.json", "notify.notes"]],
  ["metrics", { metrics: { allow_from: ["192.0.2.9"] } }, ["health.json", "metrics.last", measurements]],
];

for (const [feature, settings, results] of featureResults)
  asRoot(test, `without ${feature}, its results and findings are gone, and no others`, () =>
    withMachine({ ...without, ...settings }, async (machine) => {
      for (const file of [...kept, ...results]) await machine.write(`${state}/${file}`, "1 failed x\n");
      await machine.stage(await planOf({ ...without, ...settings, timezone: "America/New_York" }), key);
      assert.is((await machine.engine("start 0")).code, 0);
      for (const file of results) assert.ok(await machine.exists(`${state}/${file}`), file);
      await machine.stage(await planOf(without), key);
      assert.is((await machine.engine("start 0")).code, 0);
      for (const file of results) assert.not.ok(await machine.exists(`${state}/${file}`), file);
      for (const file of kept) assert.ok(await machine.exists(`${state}/${file}`), file);
    }),
  );

test.run();

async function withMachine(
  settings: Settings,
  body: (machine: MachineToChange) => Promise<void>,
): Promise<void> {
  const plan: Plan = await planOf(settings);
  const machine = await machineToChange(plan, plan.dshield === undefined ? new Map() : key);
  try {
    await body(machine);
  } finally {
    await machine.remove();
  }
}
