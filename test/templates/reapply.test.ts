import {
  chown,
  lchown,
  lstat,
  mkdir,
  readlink,
  rename,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from "node:fs/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import { execute, makeScratchRoot, type ScratchRoot } from "../support/scratch-root.ts";
import { upstreamFirewall } from "../support/upstream-firewall.ts";

// The files as the installer leaves them; the firewall's tools are stand-ins (firewall.test.ts uses the real ones).

const reapply = suite("what an update of DShield has rewritten");
const test = needs("awk", "flock");
const script = "opt/honeypot/scripts/reapply.sh";

const ini =
  "[DShield]\ninterface=eth0\napikey=abc=\n[plugin:tcp:http]\nlocal_logs_file=/srv/log/x_{date}.json\n[iscagent]\nlocalcopy=/old\ndebug=false\n";
const timetable =
  "7,37 * * * * root /srv/dshield/fwlogparser.py\n11 4 * * * root /sbin/reboot\n5 6 * * * root /srv/dshield/update.sh --cron >/dev/null \n";
const rotation = "/var/log/dshield.log\n{\n\trotate 4\n\tdaily\n\tmaxsize 100M\n}\n";

test(reapply, "is restored and reported, and the second time there is nothing to do", () =>
  withUpdate({ DSHIELD_DAILY_REBOOT: "off" }, async (root) => {
    const { code, stderr } = await root.run(script, ["--now"]);
    assert.is(code, 0, stderr);
    const kept = ini.replace("localcopy=/old\n", "");
    const copy = "localcopy=/var/log/honeypot/localdshield.log\n";
    assert.is(
      await root.read("srv/dshield/etc/dshield.ini"),
      kept.replace("[DShield]\n", `[DShield]\n${copy}`),
    );
    assert.is(await root.read("etc/cron.d/dshield"), timetable.replace(/.*reboot\n/, ""));
    assert.is(await root.read("etc/logrotate.d/dshield"), rotation.replace("rotate 4", "rotate 14"));
    const said = [
      "restored:",
      "/srv/dshield/etc/dshield.ini",
      "/etc/dshield.ini",
      "/etc/cron.d/dshield",
      "/etc/logrotate.d/dshield",
      "systemd-networkd-wait-online.service",
    ].join(" ");
    assert.ok(stderr.includes(said), stderr);
    const last = await root.read("var/lib/honeypot/state/reapply.last");
    assert.ok(last.endsWith(` ok ${said}\n`), last);

    assert.equal(await root.run(script, ["--now"]), { code: 0, stdout: "", stderr: "" });
    assert.is(await root.read("var/lib/honeypot/state/reapply.last"), last);
  }),
);

test(
  reapply,
  "the ini belongs to the owner of its folder and only that one can read it, the other files keep their owners",
  () =>
    withUpdate({}, async (root) => {
      await chown(root.path("srv/dshield/etc"), 1234, 1235);
      await chown(root.path("etc/cron.d/dshield"), 0, 7);
      await root.run(script, ["--now"]);
      const { uid, gid, mode } = await stat(root.path("srv/dshield/etc/dshield.ini"));
      assert.equal([uid, gid, mode & 0o777], [1234, 1235, 0o640]);
      const job = await stat(root.path("etc/cron.d/dshield"));
      assert.equal([job.gid, job.mode & 0o777], [7, 0o755]);
      assert.ok((await lstat(root.path("etc/dshield.ini"))).isSymbolicLink());
      assert.is(await readlink(root.path("etc/dshield.ini")), "/srv/dshield/etc/dshield.ini");
    }),
);

needs(
  "awk",
  "flock",
  "setpriv",
  "root",
)(reapply, "what DShield's account plants in place of the ini leads root nowhere", () =>
  withUpdate({}, async (root) => {
    const canary = await root.write("etc/canary", "canary\n", { mode: 0o600 });
    const folder = root.path("srv/dshield/etc");
    for (const path of ["srv/dshield", "srv/dshield/etc", "srv/dshield/etc/dshield.ini"])
      await chown(root.path(path), 1234, 1235);
    const plants: readonly (readonly [name: string, plant: () => Promise<unknown>])[] = [
      ["a symlink", () => symlink(canary, root.path("srv/dshield/etc/dshield.ini"))],
      ["a FIFO", () => execute("mkfifo", [root.path("srv/dshield/etc/dshield.ini")])],
      ["a folder", () => mkdir(root.path("srv/dshield/etc/dshield.ini"))],
    ];
    for (const [name, plant] of plants) {
      await rm(root.path("srv/dshield/etc/dshield.ini"), { force: true });
      await plant();
      const { code, stderr } = await root.run(script, ["--now"]);
      assert.is(code, 1, name);
      assert.match(stderr, "could not restore: the ini\n");
      assert.not.match(stderr, "canary\n");
      await rm(root.path("srv/dshield/etc/dshield.ini"), { recursive: true });
    }
    // The temporary names of new files.
    await root.write("srv/dshield/etc/dshield.ini", ini, { mode: 0o666 });
    for (const planted of [".dshield.ini.new", "dshield.ini.new"])
      await symlink(canary, root.path(`srv/dshield/etc/${planted}`));
    assert.is((await root.run(script, ["--now"])).code, 0);
    assert.match(await root.read("srv/dshield/etc/dshield.ini"), "localcopy=/var/log/honeypot");
    // A folder of root's in place of its own.
    await rename(folder, `${folder}.away`);
    await root.write("etc/other/dshield.ini", ini);
    await symlink(root.path("etc/other"), folder);
    await lchown(folder, 1234, 1235);
    assert.is((await root.run(script, ["--now"])).code, 1);
    assert.is(await root.read("etc/other/dshield.ini"), ini);
    const { uid, mode } = await stat(canary);
    assert.equal([uid, mode & 0o777, await root.read("etc/canary")], [0, 0o600, "canary\n"]);
  }),
);

const reboots: readonly (readonly [setting: string, want: string])[] = [
  ["keep", "11 4 * * * root /sbin/reboot\n"],
  ["off", ""],
  ["30 5 * * *", "30 5 * * * root /sbin/reboot\n"],
];
for (const [setting, want] of reboots)
  test(reapply, `the daily reboot: ${setting}`, () =>
    withUpdate({ DSHIELD_DAILY_REBOOT: setting }, async (root) => {
      await root.run(script, ["--now"]);
      assert.is(await root.read("etc/cron.d/dshield"), timetable.replace(/.*reboot\n/, want));
    }),
  );

test(
  reapply,
  "the remote-administration agent stays out of reach when cloud-init has written /etc/hosts",
  () =>
    withUpdate({ DSHIELD_VELOCIRAPTOR: "false" }, async (root) => {
      await root.write("etc/hosts", "127.0.0.1 localhost\n");
      await root.run(script, ["--now"]);
      const hosts = "127.0.0.1 localhost\n0.0.0.0 velociraptor.dshield.org\n";
      assert.is(await root.read("etc/hosts"), hosts);
      assert.equal(await root.run(script, ["--now"]), { code: 0, stdout: "", stderr: "" });
      assert.is(await root.read("etc/hosts"), hosts);
    }),
);

// There is no image of Raspberry Pi OS here: its NetworkManager is a stand-in.
test(reapply, "networkd's wait stays where networkd has the network", () =>
  withUpdate({}, async (root) => {
    await root.stub("systemctl", `echo "$*" >>"\${HONEYPOT_ROOT}/calls"; [[ $* != *NetworkManager* ]]`);
    await root.run(script, ["--now"]);
    assert.not.match(await root.read("calls"), "disable");
  }),
);

test(reapply, "an installer at work is waited for", () =>
  withUpdate({}, async (root) => {
    await root.stub(
      "sleep",
      `touch -d '2 minutes ago' "\${HONEYPOT_ROOT}"/etc/{network/iptables,cron.d/dshield,logrotate.d/dshield} \\
      "\${HONEYPOT_ROOT}/srv/dshield/etc/dshield.ini"; echo "$*" >>"\${HONEYPOT_ROOT}/slept"`,
    );
    assert.is((await root.run(script)).code, 0);
    assert.is(await root.read("slept"), "10\n");
    assert.match(await root.read("srv/dshield/etc/dshield.ini"), "localcopy=/var/log/honeypot");
  }),
);

test(
  reapply,
  "an installer that takes its time is not disturbed, and one that is long dead does not matter",
  () =>
    withUpdate({}, async (root) => {
      await root.stub("sleep", "");
      const right = "etc/sudoers.d/90-honeypot-dshield";
      await root.write(right, "");
      assert.equal(await root.run(script), { code: 0, stdout: "", stderr: "" });
      assert.is(await root.read("srv/dshield/etc/dshield.ini"), ini);
      await utimes(root.path(right), 1, 1);
      assert.is((await root.run(script)).code, 0);
      assert.match(await root.read("srv/dshield/etc/dshield.ini"), "localcopy=/var/log/honeypot");
    }),
);

test(reapply, "a run that waits for an installer does not prevent an update from restoring files", () =>
  withUpdate({}, async (root) => {
    await root.stub(
      "sleep",
      `"\${HONEYPOT_ROOT}/${script}" --now; echo "$?" >>"\${HONEYPOT_ROOT}/codes"
      touch -d '2 minutes ago' "\${HONEYPOT_ROOT}"/etc/{network/iptables,cron.d/dshield,logrotate.d/dshield} \\
      "\${HONEYPOT_ROOT}/srv/dshield/etc/dshield.ini"`,
    );
    assert.is((await root.run(script)).code, 0);
    assert.is(await root.read("codes"), "0\n");
  }),
);

test(
  reapply,
  "a folder in place of the ini, with files of this minute, is neither searched nor waited for",
  () =>
    withUpdate({}, async (root) => {
      await rm(root.path("srv/dshield/etc/dshield.ini"));
      await root.write("srv/dshield/etc/dshield.ini/new", "");
      for (const path of ["etc/network/iptables", "etc/cron.d/dshield", "etc/logrotate.d/dshield"])
        await utimes(root.path(path), 1, 1);
      await utimes(root.path("srv/dshield/etc/dshield.ini"), 1, 1);
      await root.stub("sleep", `echo "$*" >>"\${HONEYPOT_ROOT}/slept"`);
      assert.match((await root.run(script)).stderr, "could not restore: the ini");
      assert.not(await root.exists("slept"));
    }),
);

test(reapply, "a failure does not prevent the other restores, and is reported", () =>
  withUpdate({}, async (root) => {
    await root.stub("iptables-restore", "echo bad rules >&2; exit 2");
    const { code, stderr } = await root.run(script, ["--now"]);
    assert.is(code, 1);
    assert.match(stderr, "could not restore: firewall");
    assert.match(
      await root.read("var/lib/honeypot/state/reapply.last"),
      " failed could not restore: firewall",
    );
    assert.match(await root.read("srv/dshield/etc/dshield.ini"), "localcopy=/var/log/honeypot");
  }),
);

test(reapply, "is looked for only after a change of a file or a rule, and once an hour", () =>
  withUpdate({ DSHIELD_DAILY_REBOOT: "off" }, async (root) => {
    await root.stub("sshd", 'echo port 12222; echo x >>"$HONEYPOT_ROOT/looked"');
    await root.stub("iptables-save", 'cat -- "$HONEYPOT_ROOT/rules"');
    await root.write("rules", ":INPUT DROP [1:2]\n");
    const stamp = "run/honeypot/reapply.unchanged";
    // The installer has ended: a run waits for files that are younger than a minute.
    const age = async () => {
      for (const file of ["network/iptables", "cron.d/dshield", "logrotate.d/dshield"])
        await utimes(root.path(`etc/${file}`), 1_700_000_000, 1_700_000_000);
      await utimes(root.path("srv/dshield/etc/dshield.ini"), 1_700_000_000, 1_700_000_000);
    };
    /** Whether a run of the timer does more than compare. */
    const looks = async (): Promise<boolean> => {
      await root.write("looked", "");
      assert.is((await root.run(script)).code, 0);
      return (await root.read("looked")) !== "";
    };
    await age();
    assert.is(await looks(), true);
    assert.not(await root.exists(stamp), "this run restored something");
    await age();
    assert.is(await looks(), true);
    assert.is(await looks(), false);
    await root.write("rules", ":INPUT DROP [3:4]\n");
    assert.is(await looks(), false, "counters are no change");

    await root.write("rules", ":INPUT ACCEPT [3:4]\n");
    assert.is(await looks(), true);
    assert.is(await looks(), false);
    await root.write("srv/dshield/etc/dshield.ini", "[DShield]\n");
    await age();
    assert.is(await looks(), true);
    assert.match(await root.read("srv/dshield/etc/dshield.ini"), "localcopy=/var/log/honeypot");
    await age();
    assert.is(await looks(), true);
    assert.is(await looks(), false);

    await root.write(stamp, (await root.read(stamp)).replace(/^\d+/, "another hour"));
    assert.is(await looks(), true);
    assert.is(await looks(), false);
    await root.write("var/lib/honeypot/state/dshield.updating", "");
    assert.is(await looks(), true);
  }),
);

test(reapply, "without DShield there is nothing to do", async () => {
  const root = await makeScratchRoot();
  try {
    assert.equal(await root.run(script), { code: 0, stdout: "", stderr: "" });
    assert.not(await root.exists("var/lib/honeypot/state/reapply.last"));
  } finally {
    await root.remove();
  }
});

reapply.run();

async function withUpdate(
  environment: Readonly<Record<string, string>>,
  body: (root: ScratchRoot) => Promise<void>,
): Promise<void> {
  const root = await makeScratchRoot(environment);
  try {
    await root.write("etc/network/iptables", upstreamFirewall({ device: "lo", localNet: "10.0.0.0/8" }));
    await root.write("etc/cron.d/dshield", timetable, { mode: 0o755 });
    await root.write("etc/logrotate.d/dshield", rotation);
    await mkdir(root.path("srv/dshield"), { recursive: true });
    await mkdir(root.path("srv/dshield/etc"), { mode: 0o750 });
    await root.write("srv/dshield/etc/dshield.ini", ini, { mode: 0o644 });
    // As `sed -i` leaves it.
    await writeFile(root.path("etc/dshield.ini"), ini);
    await root.stub("sshd", "echo port 12222");
    await root.stub("ip", "");
    await root.stub("iptables", `if [[ "$*" == *--list-rules* ]]; then echo "-P INPUT DROP"; fi`);
    await root.stub("iptables-restore", "cat >/dev/null");
    await root.stub("nft", 'if [[ "$1" == --file ]]; then cat >/dev/null; fi');
    // NetworkManager has the network, and networkd's wait is on until it is disabled.
    await root.stub(
      "systemctl",
      `case "$*" in *is-enabled*) [[ ! -e "\${HONEYPOT_ROOT}/disabled" ]] ;; *disable*) touch "\${HONEYPOT_ROOT}/disabled" ;; esac`,
    );
    await body(root);
  } finally {
    await root.remove();
  }
}
