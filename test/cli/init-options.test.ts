import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { allQuestions } from "../../src/init/all-questions.ts";
import { type Answers, defaultAnswers } from "../../src/init/answers.ts";
import { ed25519Key } from "../support/keys.ts";
import { sensorbake } from "../support/sensorbake.ts";

const test = suite("cli/init-options");
let folder: string;
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), "sensorbake-init-"));
  mkdirSync(join(folder, ".ssh"));
  writeFileSync(join(folder, ".ssh/id_ed25519.pub"), `${ed25519Key} me@laptop\n`);
});
test.after.each(() => rmSync(folder, { recursive: true }));

const init = (...words: string[]) => sensorbake(["init", ...words], { cwd: folder, env: { HOME: folder } });
const file = () => join(folder, "sensors.yaml");
const written = () => readFileSync(file(), "utf8");

test("every answer can be an option, and one sensor is as good as several", async () => {
  const { code, stderr } = await init(
    ...["--yes", "--sensor", "attic-pi=pi", "--sensor", "fra-1=ec2", "--sensor", "old=nocloud"],
    ...["--wifi", "lab", "--country", "DE", "--region", "eu-central-1", "--address", "203.0.113.9"],
    ...[
      "--os",
      "debian-12",
      "--dshield",
      "yes",
      "--dshield-email",
      "a@example.org",
      "--dshield-user-id",
      "7",
    ],
    ...["--timezone", "Europe/Berlin", "--user", "ana", "--ssh-port", "12223", "--allow-from", "9.9.9.0/24"],
    ...["--restrict-egress", "no", "--transfer-host", "[2001:db8::5]:2222", "--transfer-user", "backup"],
    ...["--transfer-path", "/archives", "--host-key", ed25519Key, "--transfer-key", "sensor"],
    ...["--tools", "cowrieprocessor,json_log_country", "--maxmind-account", "12"],
    ...["--siem", "siem.example.org:5044", "--siem-ca", "plaintext"],
    ...["--heartbeat", "yes", "--webhook", "matrix", "--mail-host", "mail.example.org:465"],
    ...["--mail-to", "ana@example.org,bob@example.org", "--mail-from", "a@example.org", "--mail-user", "-"],
  );
  assert.is(code, 0, stderr);
  const { defaults, sensors } = parse(written());
  assert.equal(sensors, [
    {
      name: "attic-pi",
      target: "pi",
      network: { wifi: { ssid: "lab", country: "DE", psk: { env: "WIFI_PSK" } } },
    },
    { name: "fra-1", target: "ec2", os: "debian-12", ec2: { region: "eu-central-1" } },
    { name: "old", target: "nocloud", os: "debian-12", address: "203.0.113.9" },
  ]);
  assert.is(defaults.dshield.user_id, 7);
  assert.equal(
    [defaults.timezone, defaults.admin.user, defaults.admin.ssh_port],
    ["Europe/Berlin", "ana", 12_223],
  );
  assert.equal(
    [defaults.security.egress, defaults.transfer.host, defaults.transfer.port],
    ["open", "2001:db8::5", 2222],
  );
  assert.equal(Object.keys(defaults.tools), ["cowrieprocessor", "json_log_country"]);
  assert.equal(defaults.siem, { logstash: "siem.example.org:5044", plaintext: true });
  assert.equal(defaults.notify, {
    heartbeat: { url: { env: "HEARTBEAT_URL_{sensor}" } },
    webhook: { url: { env: "WEBHOOK_URL" }, format: "matrix", token: { env: "WEBHOOK_TOKEN" } },
    mail: {
      host: "mail.example.org",
      port: 465,
      from: "a@example.org",
      to: ["ana@example.org", "bob@example.org"],
    },
  });
  const variables = [...stderr.matchAll(/^ {2}export (\w+)=/gm)].map(([, name]) => name);
  assert.equal(variables, [
    "DSHIELD_API_KEY",
    "MAXMIND_LICENSE_KEY",
    "WIFI_PSK",
    "HEARTBEAT_URL_ATTIC_PI",
    "HEARTBEAT_URL_FRA_1",
    "HEARTBEAT_URL_OLD",
    "WEBHOOK_URL",
    "WEBHOOK_TOKEN",
  ]);
});

test("names the certificate of the SIEM as long as it is missing", async () => {
  const options = ["--yes", "--siem", "siem.example.org:5044", "--siem-ca", "siem-ca.pem"];
  const missing = await init(...options);
  assert.match(missing.stderr, /copy the certificate of the SIEM to\s+\S+siem-ca\.pem/);
  rmSync(file());
  writeFileSync(join(folder, "siem-ca.pem"), "");
  const { code, stderr } = await init(...options);
  assert.is(code, 0, stderr);
  assert.not.match(stderr, "certificate");
});

test("an option exists for every question, and a wrong answer names its option", async () => {
  const { stdout } = await sensorbake(["init", "--help"]);
  const all = {
    ...defaultAnswers([]),
    sensors: ["pi", "ec2", "nocloud"].map((target) => ({ ...defaultAnswers([]).sensors[0], target })),
  };
  for (const { option } of allQuestions(all as Answers))
    if (option !== "target") assert.match(stdout.toString(), `--${option} <`);
  for (const [words, message] of [
    [["--sensor", "a=moon"], /--target: "moon" is not one of nocloud/],
    [["--timezone", "Berlin"], /--timezone: .*\n {2}= help: did you mean Europe\/Berlin/],
    [["--dshield", "yes"], /--dshield-email is missing/],
    [["--transfer-host", "backups.example.org"], /--host-key is missing/],
    [["--webhook", "slak"], /--webhook: "slak" is not one of .*\n {2}= help: did you mean slack/],
    [["--heartbeat", "maybe"], /--heartbeat: answer yes or no/],
    [["--mail-host", "mail.example.org"], /--mail-to is missing/],
    [["--mail-host", "mail.example.org", "--mail-to", "ana"], /--mail-to: .* is not an e-mail address/],
  ] as const) {
    const { code, stderr } = await init("--yes", ...words);
    assert.is(code, 2, stderr);
    assert.match(stderr, message);
  }
  assert.not(existsSync(file()));
});

test("the editor's schema is beside the file; another file with its name stays", async () => {
  const schema = join(folder, "sensorbake.schema.json");
  await init("--yes");
  assert.match(written(), /^# yaml-language-server: \$schema=sensorbake\.schema\.json\n/);
  assert.is(readFileSync(schema, "utf8"), (await sensorbake(["schema"])).stdout.toString());
  writeFileSync(schema, "mine\n");
  await init("--yes", "other.yaml");
  assert.is(readFileSync(schema, "utf8"), "mine\n");
});

test("an existing key for the backup server is used and never replaced", async () => {
  writeFileSync(join(folder, "backup"), "mine\n", { mode: 0o600 });
  const { code, stderr } = await init(
    ...["--yes", "--transfer-host", "backups.example.org", "--host-key", ed25519Key],
    ...["--transfer-key", "backup"],
  );
  assert.is(code, 0, stderr);
  assert.is(readFileSync(join(folder, "backup"), "utf8"), "mine\n");
  assert.not(existsSync(join(folder, "backup.pub")));
});

test.run();
