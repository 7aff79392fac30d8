// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are for bash
import { mkdir, symlink } from "node:fs/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import { execute, makeScratchRoot, type ScratchRoot } from "../support/scratch-root.ts";

// Only the checks that DShield adds; status.test.ts tests the others.
const status = suite("honeypot-status of DShield");
const test = needs("ss");

const state = "var/lib/honeypot/state";
const lines = async (scratch: ScratchRoot): Promise<string> => {
  const { stdout } = await scratch.run("usr/local/bin/honeypot-status");
  return stdout.slice(stdout.indexOf(" cron ")).replace(/^.*\n/, "");
};

test(status, "shows a healthy installation, key, services with their last log lines, and reports", () =>
  withSensor(async (scratch) => {
    await scratch.write("srv/cowrie/var/log/cowrie/cowrie.json", '{"eventid":"one"}\n{"eventid":"two"}\n');
    await scratch.write("srv/log/webhoneypot_2026-01-01.json", '{"url":"/old"}\n', { ageHours: 24 });
    await scratch.write("srv/log/webhoneypot_2026-01-02.json", '{"url":"/new"}\n', { ageHours: 3 });
    await scratch.write("var/log/dshield.log", "1 DSHIELDINPUT\n");
    await scratch.write("var/tmp/dshield/lastfwlog", "1\n", { ageHours: 1 });
    assert.is(
      await lines(scratch),
      `ok dshield         3b3ce09 of 2026-06-18, installed 48 hours ago
ok api key         accepted
ok cowrie          0 minutes ago: {"eventid":"two"}
ok web-honeypot    3 hours ago: {"url":"/new"}
ok rsyslog         0 minutes ago: 1 DSHIELDINPUT
ok last report     60 minutes ago
`,
    );
  }),
);

test(status, "a log that an attacker has replaced is neither followed nor waited for", () =>
  withSensor(async (scratch) => {
    const secret = await scratch.write("etc/shadow", "secret\n");
    await scratch.write("srv/log/webhoneypot_2026-01-02.json", '{"url":"/"}\n');
    await symlink(secret, scratch.path("srv/log/webhoneypot_2026-01-03.json"));
    await mkdir(scratch.path("srv/cowrie/var/log/cowrie"), { recursive: true });
    await execute("mkfifo", [scratch.path("srv/cowrie/var/log/cowrie/cowrie.json")]);
    const said = await lines(scratch);
    assert.match(
      said,
      'ok cowrie          cannot read its log: not a regular file\nok web-honeypot    0 minutes ago: {"url":"/"}\n',
    );
  }),
);

test(status, "nothing has come yet, and that is no failure", () =>
  withSensor(async (scratch) => {
    const said = await lines(scratch);
    assert.match(
      said,
      "ok cowrie          no entries in its log\nok web-honeypot    no entries in its log\n",
    );
    assert.match(said, "ok last report     none yet\n");
  }),
);

test(status, "before the reboot it speaks only of the installation", () =>
  withSensor(async (scratch) => {
    await scratch.write("remove", `#!/bin/bash\nrm "$HONEYPOT_ROOT/${state}/first-boot/80-reboot.done"\n`, {
      mode: 0o755,
    });
    await scratch.run("remove");
    assert.is(
      await lines(scratch),
      "ok dshield         3b3ce09 of 2026-06-18, installed 48 hours ago\nok api key         accepted\n",
    );
    await last(scratch, "dshield", "failed the installer ended with exit code 9: no package", 60);
    await last(scratch, "dshield-key", "failed DShield refuses this API key for a@example.org", 60);
    assert.is(
      await lines(scratch),
      `!! dshield         the installer ended with exit code 9: no package
                   next: sudo less /var/log/honeypot_dshield.log
!! api key         DShield refuses this API key for a@example.org
                   next: put the correct key into /etc/honeypot/secrets/dshield_api_key; it is checked again
`,
    );
  }),
);

test(status, "reports a stopped service and a closed port", () =>
  withSensor(async (scratch) => {
    await scratch.stub("systemctl", 'test "${*: -1}" != web-honeypot');
    await scratch.stub("ss", 'if [[ "${*: -1}" != *:8443 ]]; then echo LISTEN; fi');
    const said = await lines(scratch);
    assert.match(
      said,
      "!! web-honeypot    not running\n                   next: journalctl --unit web-honeypot\n",
    );
    assert.match(said, "!! port 8443       no service listens\n");
    assert.not.match(said, "port 2222");
  }),
);

for (const [telnet, wanted] of [
  ["true", "2222 8000 8443 2223"],
  ["false", "2222 8000 8443"],
])
  test(status, `with telnet: ${telnet} the ports are ${wanted}`, () =>
    withSensor(async (scratch) => {
      await scratch.configure({ DSHIELD_TELNET: telnet ?? "", DISK_MAX_USED_PERCENT: "101" });
      await scratch.stub("ss", ":");
      const found = [...(await lines(scratch)).matchAll(/port (\d+)/g)].map(([, port]) => port);
      assert.is(found.join(" "), wanted);
    }),
  );

test(status, "shows attackers' log lines as plain text", () =>
  withSensor(async (scratch) => {
    await scratch.write(
      "srv/cowrie/var/log/cowrie/cowrie.json",
      `\u001b[31m$(touch /x) "\\ ${"a".repeat(500)}\n`,
    );
    const { stdout } = await scratch.run("usr/local/bin/honeypot-status", ["--json"]);
    const report = JSON.parse(stdout);
    const cowrie = report.checks.find(({ name }: { name: string }) => name === "cowrie");
    assert.match(cowrie.message, /^0 minutes ago: {2}\[31m\$\(touch \/x\) "\\ a+$/);
    assert.ok(cowrie.message.length < 200);
  }),
);

const planted: readonly (readonly [name: string, plant: string, words: RegExp])[] = [
  ["a FIFO", 'mkfifo "$1"', /^cannot read its log: not a regular file$/],
  ["a symlink to a secret", 'ln -s "$2" "$1"', /^cannot read its log: a symlink$/],
  ["a symlink to a device", 'ln -s /dev/zero "$1"', /^cannot read its log: a symlink$/],
  ["a hard link to a secret", 'ln "$2" "$1"; chown 64999 "${1%/*}"', /^cannot read its log: a hard link/],
  ["a folder", 'mkdir "$1"', /^cannot read its log: not a regular file$/],
  ["a log without a line's end, as large as it likes", 'truncate --size=1T "$1"', /^0 minutes ago: *$/],
];
for (const [name, plant, words] of planted)
  for (const [unit, log] of [
    ["cowrie", "srv/cowrie/var/log/cowrie/cowrie.json"],
    ["web-honeypot", "srv/log/webhoneypot_2026-01-01.json"],
  ] as const)
    needs("ss", "root")(status, `${name} in place of the log of ${unit} is reported and not read`, () =>
      withSensor(async (scratch) => {
        await scratch.write("etc/honeypot/secrets/key", "canary\n", { mode: 0o600 });
        await scratch.write(
          "plant",
          `#!/bin/bash\nset -e\nset -- "$HONEYPOT_ROOT/${log}" "$HONEYPOT_ROOT/etc/honeypot/secrets/key"\nmkdir -p "\${1%/*}"\n${plant}\n`,
          { mode: 0o755 },
        );
        assert.is((await scratch.run("plant")).code, 0);
        const options = { timeoutSeconds: 60 };
        const { code, stdout } = await scratch.run("usr/local/bin/honeypot-status", ["--json"], options);
        assert.ok(code < 2, stdout);
        assert.not.match(stdout, "canary");
        const { checks } = JSON.parse(stdout);
        assert.match(checks.find((one: { name: string }) => one.name === unit).message, words);
      }),
    );

status.run();

async function withSensor(body: (scratch: ScratchRoot) => Promise<void>): Promise<void> {
  const scratch = await makeScratchRoot({ DSHIELD_TELNET: "true", DISK_MAX_USED_PERCENT: "101" });
  try {
    for (const command of ["systemctl", "nft"]) await scratch.stub(command, ":");
    await scratch.stub("ss", "echo LISTEN");
    await scratch.lay("usr/local/lib/honeypot/status/dshield.sh");
    await scratch.write(`${state}/first-boot.done`, "");
    await scratch.write(`${state}/first-boot/80-reboot.done`, "");
    await scratch.write("var/lib/honeypot/dumps/a.pcap", "");
    await last(scratch, "dshield", "ok 3b3ce09 of 2026-06-18", 48 * 3600);
    await last(scratch, "dshield-key", "ok accepted", 48 * 3600);
    await body(scratch);
  } finally {
    await scratch.remove();
  }
}

function last(scratch: ScratchRoot, task: string, said: string, secondsAgo: number): Promise<string> {
  return scratch.write(`${state}/${task}.last`, `${Math.floor(Date.now() / 1000) - secondsAgo} ${said}\n`);
}
