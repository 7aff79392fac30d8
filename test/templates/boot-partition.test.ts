import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { gzip, tar } from "../../src/artifacts/archive.ts";
import { defaultEnvironment, makeScratchRoot, type ScratchRoot } from "../support/scratch-root.ts";

const test = suite("templates/boot-partition");
const boot = "boot/firmware";
const scrub = "opt/honeypot/first-boot/05-scrub.sh";
const steps = "opt/honeypot/first-boot";
const copyLog = "opt/honeypot/scripts/boot-log.sh";

function withRoot(body: (scratch: ScratchRoot) => Promise<void>): () => Promise<void> {
  return async () => {
    const scratch = await makeScratchRoot();
    try {
      await mkdir(scratch.path(boot), { recursive: true });
      for (const name of ["firstrun.sh", "honeypot-unpack.sh"])
        await scratch.write(`${boot}/${name}`, await readFile(`templates/${boot}/${name}`));
      await body(scratch);
    } finally {
      await scratch.remove();
    }
  };
}

async function well(scratch: ScratchRoot, script: string): Promise<string> {
  const { code, stdout, stderr } = await scratch.run(script);
  assert.is(code, 0, stdout + stderr);
  return stdout + stderr;
}

test(
  "05-scrub empties the seed in place, keeps its identity and its network, and may run again",
  withRoot(async (scratch) => {
    const network =
      'version: 2\nwifis:\n  wlan0:\n    access-points:\n      lab:\n        password: "0123abcd"\n';
    await scratch.write(`${boot}/user-data`, `#cloud-config\n${"a secret\n".repeat(20_000)}`);
    await scratch.write(`${boot}/meta-data`, 'instance-id: "attic-pi-1"\n');
    await scratch.write(`${boot}/network-config`, network);
    await scratch.write(`${boot}/cmdline.txt`, "quiet\n");
    const before = await stat(scratch.path(`${boot}/user-data`));
    for (let time = 0; time < 2; time++) {
      await well(scratch, scrub);
      assert.is(await scratch.read(`${boot}/user-data`), "#cloud-config\n{}\n");
      assert.is(await scratch.read(`${boot}/meta-data`), 'instance-id: "attic-pi-1"\n');
      assert.is(await scratch.read(`${boot}/network-config`), network.replace("0123abcd", "scrubbed"));
    }
    assert.is((await stat(scratch.path(`${boot}/user-data`))).ino, before.ino);
    assert.equal((await readdir(scratch.path(boot))).sort(), [
      "cmdline.txt",
      "honeypot-unpack.sh",
      "meta-data",
      "network-config",
      "user-data",
    ]);
  }),
);

test(
  "05-scrub overwrites what it removes: another name of the file has nothing of it either",
  withRoot(async (scratch) => {
    await scratch.write(`${boot}/honeypot.tar.gz`, "a secret\n".repeat(1000));
    await scratch.stub("truncate", "exit 0");
    await scratch.stub("rm", "exit 0");
    await well(scratch, scrub);
    assert.is(await scratch.read(`${boot}/honeypot.tar.gz`), "\n".repeat(9000));
  }),
);

const planted = "canary of the settings";

for (const [name, prepare] of [
  ["while a later step keeps failing", async () => {}],
  [
    "also when the power went in the middle of it",
    async (scratch: ScratchRoot, run: () => Promise<unknown>) => {
      await scratch.stub("truncate", 'kill -KILL "$PPID"');
      await run();
      assert.match((await readdir(scratch.path(boot))).join(" "), "honeypot.tar.gz");
      await scratch.stub("truncate", 'exec /usr/bin/truncate "$@"');
    },
  ],
] as const)
  test(
    `nothing listens before the boot partition is free of secrets, ${name}`,
    withRoot(async (scratch) => {
      for (const file of await readdir(scratch.path(steps)))
        if (!["run", "05-scrub.sh"].includes(file)) await rm(scratch.path(`${steps}/${file}`));
      const look = `grep --recursive --count '${planted}' "$HONEYPOT_ROOT/${boot}" >>"$HONEYPOT_ROOT/seen" || true`;
      for (const [step, body] of [
        ["10-directories", look],
        ["90-verify", "echo 'capture: not running'; exit 1"],
      ])
        await scratch.write(`${steps}/${step}.sh`, `#!/bin/bash\n${body}\n`, { mode: 0o700 });
      await scratch.write(`${boot}/user-data`, `#cloud-config\n${planted}\n`);
      await scratch.write(`${boot}/network-config`, `        password: "${planted}"\n`);
      await scratch.write(`${boot}/honeypot.tar.gz`, planted);
      const run = () => scratch.run(`${steps}/run`);
      await prepare(scratch, run);
      const { code, stdout } = await run();
      assert.is(code, 1, stdout);
      assert.match(await scratch.read("var/lib/honeypot/state/first-boot.last"), "failed 90-verify");
      assert.not.match(await scratch.read("seen"), /:[1-9]/);
      for (const file of ["user-data", "network-config"])
        assert.not.match(await scratch.read(`${boot}/${file}`), planted);
      assert.not(await scratch.exists(`${boot}/honeypot.tar.gz`));
    }),
  );

test(
  "05-scrub fails, to be tried again, when the boot partition cannot be written",
  withRoot(async (scratch) => {
    await scratch.write(`${boot}/user-data`, "a secret\n");
    await scratch.stub("dd", "echo 'dd: Read-only file system' >&2; exit 1");
    const { code, stderr } = await scratch.run(scrub);
    assert.is.not(code, 0);
    assert.match(stderr, "Read-only");
  }),
);

test(
  "the log is copied without any secret, whatever is in it for a shell",
  withRoot(async (scratch) => {
    const password = "p[a]*s'\"$(id)\\s";
    await scratch.write("etc/honeypot/secrets/backup_password", `${password}\n`);
    await scratch.write(
      "etc/honeypot/secrets/transfer_key",
      "-----BEGIN KEY-----\nAAAAline1\nBBBBline2\n-----END KEY-----\n",
    );
    await scratch.write(
      "etc/NetworkManager/system-connections/honeypot-wifi.nmconnection",
      "[wifi-security]\npsk=c0ffee00\n",
    );
    await scratch.write("etc/netplan/50-cloud-init.yaml", '        password: "my wifi"\n');
    const lines = ["begin", `x ${password} y`, "BBBBline2", "psk c0ffee00", "my wifi", "all steps are done"];
    await scratch.write("var/log/honeypot_setup.log", `${lines.join("\n")}\0\n`);
    await well(scratch, copyLog);
    assert.is(
      await scratch.read(`${boot}/sensor-first-boot.log`),
      "begin\nx [secret] y\n[secret]\npsk [secret]\n[secret]\nall steps are done\n",
    );
    assert.not((await readdir(scratch.path(boot))).some((name) => name.endsWith(".new")));
  }),
);

test(
  "the log is copied where there is no secret at all, and takes the place of the older copy",
  withRoot(async (scratch) => {
    await scratch.write("var/log/honeypot_setup.log", "40-packages failed\n");
    await scratch.write(`${boot}/sensor-first-boot.log`, "older and longer than what comes now\n");
    await well(scratch, copyLog);
    assert.is(await scratch.read(`${boot}/sensor-first-boot.log`), "40-packages failed\n");
  }),
);

test("the log is copied whenever the first boot ends, and never makes it fail", async () => {
  const unit = await readFile(
    "templates/etc/systemd/system/honeypot-first-boot.service.d/boot-partition.conf",
    "utf8",
  );
  assert.match(unit, /^ExecStopPost=-\/opt\/honeypot\/scripts\/boot-log\.sh$/m);
});

async function plantArchive(scratch: ScratchRoot, withWifi: boolean): Promise<void> {
  const environment = Object.entries({ ...defaultEnvironment, SENSOR_NAME: "garden-pi" });
  const content = environment.map(([name, value]) => `${name}="${value}"\n`).join("");
  const wifi = "/etc/NetworkManager/system-connections/honeypot-wifi.nmconnection";
  const files = [
    { path: "/etc/default/honeypot", mode: 0o644, content },
    { path: "/etc/honeypot/secrets/backup_password", mode: 0o600, content: "infected\n" },
    ...(withWifi ? [{ path: wifi, mode: 0o600, content: "[wifi]\n" }] : []),
  ];
  await scratch.write(`${boot}/honeypot.tar.gz`, gzip(tar(files)));
  await scratch.write("etc/hosts", "127.0.0.1\tlocalhost\n127.0.1.1\traspberrypi\n");
  await scratch.write("etc/hostname", "raspberrypi\n");
  await scratch.write("var/lib/NetworkManager/NetworkManager.state", "[main]\nWirelessEnabled=false\n");
  for (const command of ["systemctl", "rfkill"])
    await scratch.stub(command, `printf '%s\\n' "${command} $*" >>"$HONEYPOT_ROOT/calls"`);
}

for (const withWifi of [true, false])
  test(
    `honeypot-unpack.sh lays the files and has them run at the next start, ${withWifi ? "with" : "without"} Wi-Fi, also twice`,
    withRoot(async (scratch) => {
      await plantArchive(scratch, withWifi);
      const unpack = `${boot}/honeypot-unpack.sh`;
      await scratch.write(unpack, await readFile(`templates/${unpack}`), { mode: 0o755 });
      for (let time = 0; time < 2; time++) await well(scratch, unpack);
      const secret = await stat(scratch.path("etc/honeypot/secrets/backup_password"));
      assert.is(secret.mode & 0o777, 0o600);
      assert.is(await scratch.read("etc/hostname"), "garden-pi\n");
      assert.is(await scratch.read("etc/hosts"), "127.0.0.1\tlocalhost\n127.0.1.1\tgarden-pi\n");
      assert.is(
        await scratch.read("var/lib/NetworkManager/NetworkManager.state"),
        `[main]\nWirelessEnabled=${withWifi}\n`,
      );
      const calls = [
        ...(withWifi ? ["rfkill unblock wifi"] : []),
        "systemctl mask userconfig.service",
        "systemctl daemon-reload",
        "systemctl enable honeypot-first-boot.service",
      ];
      assert.is(await scratch.read("calls"), `${[...calls, ...calls].join("\n")}\n`);
    }),
  );

test(
  "honeypot-unpack.sh has nothing to do once the payload is scrubbed",
  withRoot(async (scratch) => {
    const unpack = `${boot}/honeypot-unpack.sh`;
    await scratch.write(unpack, await readFile(`templates/${unpack}`), { mode: 0o755 });
    await scratch.stub("systemctl", "exit 1");
    await well(scratch, unpack);
  }),
);

test(
  "firstrun.sh stays when the command line cannot be written: without it the Pi would turn itself off for ever",
  withRoot(async (scratch) => {
    const text = (await scratch.read(`${boot}/firstrun.sh`)).replaceAll("/boot/firmware", scratch.path(boot));
    const script = `${boot}/firstrun.sh`;
    await scratch.write(script, text, { mode: 0o755 });
    await scratch.write(`${boot}/honeypot-unpack.sh`, "");
    await scratch.stub("sed", "exit 4");
    await scratch.run(script);
    assert.ok(await scratch.exists(script));
  }),
);

const line = "console=tty1 root=PARTUUID=12345678-02 systemd.show_status=1 cfg80211.ieee80211_regdom=DE";
const words =
  "systemd.run=/boot/firmware/firstrun.sh systemd.run_success_action=reboot systemd.unit=kernel-command-line.target";
for (const [name, unpack, said] of [
  ["takes its words from the command line and itself from the card", "echo laid", "laid\n"],
  [
    "lets the Pi start also when nothing could be laid, and leaves word",
    "echo broken >&2; exit 1",
    "broken\n",
  ],
] as const)
  test(
    `firstrun.sh ${name}`,
    withRoot(async (scratch) => {
      // It uses fixed paths, which lead into the scratch root here.
      const text = (await scratch.read(`${boot}/firstrun.sh`)).replaceAll(
        "/boot/firmware",
        scratch.path(boot),
      );
      const script = `${boot}/firstrun.sh`;
      await scratch.write(script, text, { mode: 0o755 });
      await scratch.write(`${boot}/honeypot-unpack.sh`, unpack);
      const whole = `${line} ${words}\n`;
      await writeFile(scratch.path(`${boot}/cmdline.txt`), whole);
      const before = await stat(scratch.path(`${boot}/cmdline.txt`));
      await well(scratch, script);
      // Overwritten in place with the same length: no replacement of a file on FAT survives a power cut.
      assert.is((await stat(scratch.path(`${boot}/cmdline.txt`))).ino, before.ino);
      assert.is(await scratch.read(`${boot}/cmdline.txt`), `${line.padEnd(whole.length - 1)}\n`);
      assert.is(await scratch.read(`${boot}/sensor-first-boot.log`), said);
      assert.not(await scratch.exists(script));
      assert.not(await scratch.exists(`${boot}/honeypot-unpack.sh`));
    }),
  );

test.run();
