import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { fingerprint, parseHostKey } from "../../src/backups/sftp/host-key.ts";
import { ecdsaKey256, ed25519Key, rsaKey } from "../support/keys.ts";
import { needs } from "../support/needs.ts";
import { sensorbake } from "../support/sensorbake.ts";
import { startSftpServer } from "../support/sftp-server.ts";
import { type Typing, typeTo } from "../support/typist.ts";

const test = suite("cli/init");
const key = `${ed25519Key} me@laptop`;
let folder: string;
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), "sensorbake-init-"));
  mkdirSync(join(folder, ".ssh"));
  writeFileSync(join(folder, ".ssh/id_ed25519.pub"), `${key}\n`);
});
test.after.each(() => rmSync(folder, { recursive: true }));

const fingerprintOf = (line: string) => {
  const key = parseHostKey(line);
  return key === undefined ? "" : fingerprint(key);
};
const init = (...words: string[]) => sensorbake(["init", ...words], { cwd: folder, env: { HOME: folder } });
const file = () => join(folder, "sensors.yaml");
const written = () => readFileSync(file(), "utf8");

test("--yes writes a file that check takes without a warning and build compiles", async () => {
  const { code, stdout, stderr } = await init("--yes");
  assert.is(code, 0, stderr);
  assert.is(stdout.toString(), "sensors.yaml\n");
  assert.match(stderr, /list your networks in allow_from/);
  assert.is((await sensorbake(["check", file(), "--strict"])).code, 0);
  const built = await sensorbake(["build", file(), "-o", join(folder, "out"), "--strict"]);
  assert.is(built.code, 0, built.stderr);
  assert.ok(readFileSync(join(folder, "out/sensor-1/user-data"), "utf8").includes(key));
});

test("the commented settings are the defaults", async () => {
  await init("--yes");
  const build = async (name: string) => {
    await sensorbake(["build", file(), "-o", join(folder, name), "--strict"]);
    return readFileSync(join(folder, name, "sensor-1/user-data"), "utf8").replace(
      /"settings_digest": "\w+"/,
      "",
    );
  };
  const before = await build("before");
  const commented = written().match(/^ {2}# ( *[a-z_]+:.*)$/gm) ?? [];
  assert.ok(commented.length > 10);
  writeFileSync(file(), written().replace(/^ {2}# ( *[a-z_]+:.*)$/gm, "  $1"));
  const checked = await sensorbake(["check", file(), "--strict"]);
  assert.is(checked.code, 0, checked.stdout.toString());
  assert.is(await build("after"), before);
});

test("never overwrites an existing file", async () => {
  writeFileSync(file(), "mine\n");
  mkdirSync(join(folder, "folder"));
  for (const words of [["--yes"], ["--yes", "folder"], []]) {
    const { code, stderr } = await init(...words);
    assert.is(code, 2);
    assert.match(stderr, / exists\n {2}= help: init never overwrites/);
  }
  assert.is(written(), "mine\n");
});

test("without a terminal it says so and writes nothing", async () => {
  const { code, stdout, stderr } = await init();
  assert.is(code, 2);
  assert.is(stdout.toString(), "");
  assert.match(
    stderr,
    /stdin is not a terminal, so no question can be answered\n {2}= help: sensorbake init --yes/,
  );
  assert.not(existsSync(file()));
});

test("--yes refuses to write a sensor without a login key", async () => {
  rmSync(join(folder, ".ssh"), { recursive: true });
  const { code, stderr } = await init("--yes");
  assert.is(code, 2);
  assert.match(stderr, /no SSH public key.*\n.*ssh-keygen -t ed25519/);
  assert.not(existsSync(file()));
});

test("takes every usable public key of ~/.ssh, or the one that is named", async () => {
  const other = `${ecdsaKey256} other: #2`;
  writeFileSync(join(folder, ".ssh/broken.pub"), "ssh-ed25519 AAAA\n");
  writeFileSync(join(folder, ".ssh/known_hosts"), `host ${rsaKey}\n`);
  writeFileSync(join(folder, "other.pub"), `${other}\n`);
  assert.is((await init("--yes")).code, 0);
  assert.ok(written().includes(`ssh_keys:\n      - ${key}\n    #`));
  assert.is((await init("--yes", "a/b/other.yaml", "--ssh-key", "other.pub")).code, 0);
  assert.match(readFileSync(join(folder, "a/b/other.yaml"), "utf8"), `ssh_keys:\n      - "${other}"\n    #`);
  const refused = await init("--yes", "c.yaml", "--ssh-key", ".ssh/broken.pub");
  assert.is(refused.code, 2);
  assert.match(refused.stderr, /cannot be used: line 1: the body of this ssh-ed25519 key is cut off/);
});

const typing = (answers: readonly Typing[]) =>
  typeTo(["init"], answers, { cwd: folder, env: { TERM: "xterm" } });
// A refused answer stays to be edited; Control-U deletes it.
const instead = (text: string) => `\x15${text}\n`;

needs("script")(test, "asks, explains a wrong answer, and asks again", async () => {
  const { code, screen } = await typing([
    ["Keys", "1 7\n"],
    ["the list has no key 7", instead("1")],
    ["Name of the sensor", "Attic Pi\n"],
    ["write attic-pi", instead("attic-pi")],
    ["Target", "pi\n"],
    ["Operating system", "debian-13\n"],
    ["choose one of raspios-13, ubuntu-24.04, raspios-12", instead("raspios-13")],
    ["or - for Ethernet", "lab: #1\n"],
    ["radio regulations", "de\n"],
    ["two capital letters", instead("DE")],
    ["another sensor", "attic-pi\n"],
    ["has this name", instead("fra-1")],
    ["Target", "hetzner\n"],
    ["Operating system", "\n"],
    ["another sensor", "\n"],
    ["Install DShield", "perhaps\n"],
    ["answer yes or no", instead("yes")],
    ["E-mail address of the account", "nobody\n"],
    ["is not an e-mail address", instead("analyst@example.org")],
    ["(userid)", "twelve\n"],
    ["user_id must be a whole number", instead("123456")],
    ["Time zone", "Berlin\n"],
    ["Europe/Berlin?", instead("Europe/Berlin")],
    ["login name on the sensor", "root\n"],
    ["belongs to the system", instead("ana")],
    ["Port for this login", "22\n"],
    ["cannot be the admin port", instead("12223")],
    ["Networks", "\n"],
    ["an answer is required", "9.9.9.0/24 2620:fe::/48\n"],
    ["Restrict outgoing", "\n"],
    ["Backup server", "backups.example.org:2222\n"],
    ["Login on the backup server", "\n"],
    ["Folder for the archives", "/archives\n"],
    ["Host key", "nonsense\n"],
    ["ssh-ed25519", instead(ed25519Key)],
    ["The sensors' key", "senser\n"],
    ["write sensor, or ./senser for a file of this name", instead("keys/backup")],
    ["Tools", "cowrie\n"],
    ["the tools are", instead("json_log_country")],
    ["MaxMind account", "123456\n"],
    ["Logstash", "siem.example.org:5044\n"],
    ["File of the certificate", "plaintext\n"],
    ["heartbeat URL", "perhaps\n"],
    ["answer yes or no", instead("yes")],
    ["Service of the webhook", "slak\n"],
    ["is not one of json, ntfy", instead("slack")],
    ["Mail server", "mail.example.org\n"],
    ["Recipients", "ana\n"],
    ["is not an e-mail address", instead("ana@example.org bob@example.org")],
    ["Sender", "\n"],
    ["Login on the mail server", "\n"],
  ]);
  assert.is(code, 0, screen);
  assert.match(written(), /ssid: "lab: #1"\n {8}country: DE\n/);
  assert.match(written(), "  security:\n    egress: restricted\n");
  assert.match(written(), "allow_from: [9.9.9.0/24, 2620:fe::/48]\n");
  assert.match(written(), '    private_key: {file: "keys/backup"}\n');
  assert.is(statSync(join(folder, "keys/backup")).mode & 0o777, 0o600);
  assert.match(readFileSync(join(folder, "keys/backup.pub"), "utf8"), /^ssh-ed25519 /);
  assert.match(
    written(),
    `  notify:
    # Its server raises the alarm when the requests stop, so each sensor has its own URL.
    heartbeat: {url: {env: "HEARTBEAT_URL_{sensor}"}}
    webhook:
      url: {env: WEBHOOK_URL}
      format: slack
    mail:
      host: mail.example.org
      port: 587
      from: ana@example.org
      to: [ana@example.org, bob@example.org]
      user: ana@example.org
      password: {env: MAIL_PASSWORD}
`,
  );
  assert.match(screen, /export WIFI_PSK='\.\.\.'[\s\S]*sensorbake build sensors\.yaml\s*$/);
  const { code: checked, stdout } = await sensorbake(["check", file(), "--strict"]);
  assert.is(checked, 0, stdout.toString());
  const built = await sensorbake(["build", file(), "-o", join(folder, "out")], {
    env: {
      WIFI_PSK: "a passphrase",
      DSHIELD_API_KEY: "0123456789abcdef0123456789abcdef",
      MAXMIND_LICENSE_KEY: "0123456789abcdef",
      HEARTBEAT_URL_ATTIC_PI: "https://example.org/attic-pi",
      HEARTBEAT_URL_FRA_1: "https://example.org/fra-1",
      WEBHOOK_URL: "https://example.org/webhook",
      MAIL_PASSWORD: "a password",
    },
  });
  assert.is(built.code, 0, built.stderr);
});

needs("script")(test, "takes answers that are pasted at once, also after a refused one", async () => {
  const { code, screen } = await typing([
    ["Keys", "1\nvm-7\nec2\nubuntu-24.04\neu-central-1\n\nno\n\n\n\nanywhere\nperhaps\nno\n\n\n\n\n\n\n"],
  ]);
  assert.is(code, 0, screen);
  assert.match(written(), "  security:\n    egress: open\n");
  assert.match(written(), "- name: vm-7\n    target: ec2\n    ec2:\n      region: eu-central-1\n");
});

needs("script", "sshd")(
  test,
  "fetches the host key of the backup server and shows its fingerprint",
  async () => {
    const server = await startSftpServer();
    try {
      const { code, screen } = await typing([
        ["Keys", "1\n\n\n\n\n\nno\n\n\n\nanywhere\n\n"],
        ["Backup server", `127.0.0.1:${server.port}\n\n\n`],
        ["Host key", "\n"],
        [fingerprintOf(server.hostKey), "\n"],
        ["The sensors' key", "\n\n\n\n\n\n"],
      ]);
      assert.is(code, 0, screen);
      assert.match(written(), `host_key: ${server.hostKey}`);
    } finally {
      await server.remove();
    }
  },
);

needs("script")(
  test,
  "a backup server that does not answer is reported, and its key can be entered",
  async () => {
    const { code, screen } = await typing([
      ["Keys", "1\n\n\n\n\n\nno\n\n\n\nanywhere\n\n"],
      ["Backup server", "127.0.0.1:1\n\n\n"],
      ["Host key", "\n"],
      ["127.0.0.1", `${ed25519Key}\n\n\n\n\n\n\n`],
    ]);
    assert.is(code, 0, screen);
    assert.match(screen, "127.0.0.1:1 refuses the connection; check that sshd runs there");
    assert.match(written(), `host_key: ${ed25519Key}`);
  },
);

needs("script")(test, "offers the public address from which the user is logged in", async () => {
  const answers: readonly Typing[] = [["Keys", "1\n\n\n\n\n\nno\n\n\n\n\n\n\n\n\n\n\n\n"]];
  const env = { TERM: "xterm", SSH_CONNECTION: "9.9.9.9 51234 192.0.2.1 22" };
  const { code, screen } = await typeTo(["init"], answers, { cwd: folder, env });
  assert.is(code, 0, screen);
  assert.match(written(), "allow_from: [9.9.9.9]\n");
});

needs("script")(test, "Escape returns to the question before, which keeps its answer", async () => {
  const { code, screen } = await typing([
    ["Keys", "1\n"],
    ["Name of the sensor", "attic\n"],
    ["Target", "ec2\n"],
    ["Operating system", "\x1b"],
    ["Target", "\x1b"],
    ["Name of the sensor", "\n"],
    ["Target", "nocloud\n\n\n\nno\n\n\n\nanywhere\n\n\n\n\n\n\n\n"],
  ]);
  assert.is(code, 0, screen);
  assert.match(written(), "- name: attic\n    target: nocloud\n");
  assert.not.match(written(), "region:");
});

for (const [name, type, code, words] of [
  ["Ctrl-C", "\x03", 130, /interrupted/],
  ["the end of the input", "\x04", 2, /the input ended before all questions were answered/],
] as const)
  needs("script")(test, `${name} leaves nothing`, async () => {
    const ended = await typing([
      ["Keys", "1\n"],
      ["Name of the sensor", type],
    ]);
    assert.is(ended.code, code, ended.screen);
    assert.match(ended.screen, words);
    assert.not.match(ended.screen, /\n\s+at /);
    assert.equal(readdirSync(folder), [".ssh"]);
  });

test.run();
