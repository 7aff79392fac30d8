import { chmod, cp, mkdir, readdir, readFile, stat, symlink } from "node:fs/promises";
import { resolve } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import { execute, makeScratchRoot, type ScratchRoot } from "../support/scratch-root.ts";
import { readUnit } from "../support/unit-command.ts";

const units = suite("templates/units");
const captureUnit = "etc/systemd/system/honeypot-capture.service";

needs("systemd-analyze", "tcpdump")(
  units,
  "systemd finds nothing to say against the capture's unit",
  async () => {
    await withEtc(async (root) => {
      // A separate root: it must contain the unit's programs and the units that it is ordered after.
      await mkdir(root.path("usr/bin"), { recursive: true });
      await cp("/usr/bin/tcpdump", root.path("usr/bin/tcpdump"));
      await cp("/usr/lib/systemd/system", root.path("usr/lib/systemd/system"), {
        recursive: true,
        verbatimSymlinks: true,
      });
      const words = ["verify", `--root=${root.root}`, "honeypot-capture.service"];
      assert.equal(await execute("systemd-analyze", words), { code: 0, stdout: "", stderr: "" });
    });
  },
);

const folderOfUnits = resolve("templates/etc/systemd/system");
const triggers = (await readdir(folderOfUnits)).filter((name) => /\.(path|timer)$/.test(name));
for (const unit of [
  ...triggers,
  "honeypot-reapply.service",
  // With the drop-in: upstream's unit has neither the order nor our rules.
  "dshieldfw.service",
  "logrotate.timer",
])
  needs("systemd-analyze")(units, `systemd finds nothing to say against ${unit}`, () =>
    withEtc(async (root) => {
      await cp("/usr/lib/systemd/system", root.path("usr/lib/systemd/system"), {
        recursive: true,
        verbatimSymlinks: true,
      });
      await cp(folderOfUnits, root.path("etc/systemd/system"), {
        recursive: true,
        filter: (path) => !path.endsWith(".mustache"),
      });
      for (const program of ["usr/sbin/logrotate", "usr/sbin/iptables-restore"])
        await root.write(program, "", { mode: 0o755 });
      await root.write(
        "etc/systemd/system/dshieldfw.service",
        "[Service]\nType=simple\nExecStart=/usr/sbin/iptables-restore /etc/network/iptables\nRestart=on-failure\nRestartSec=60\n",
      );
      const words = ["verify", `--root=${root.root}`, unit];
      assert.equal(await execute("systemd-analyze", words), { code: 0, stdout: "", stderr: "" });
    }),
  );

units("a reload of systemd does not delay a first run for long", async () => {
  // systemd measures OnActiveSec again after each reload, until the service has run once.
  for (const name of triggers.filter((trigger) => trigger.endsWith(".timer"))) {
    const text = await readFile(resolve(folderOfUnits, name), "utf8");
    const [, delay] = /^OnActiveSec=(.*)$/m.exec(text) ?? [];
    if (delay === undefined || /^(\d+s|[12]min)$/.test(delay)) continue;
    const service = await readFile(resolve(folderOfUnits, name.replace(/timer$/, "service")), "utf8");
    assert.match(service, /^WantedBy=multi-user\.target$/m, name);
  }
});

needs("systemd-analyze")(
  units,
  "an enabled honeypot-revert.service makes no ordering cycle, also with /var on a disk of its own",
  () =>
    withEtc(async (root) => {
      const folder = "etc/systemd/system";
      await cp(resolve("templates", folder), root.path(folder), {
        recursive: true,
        filter: (path) => !path.endsWith(".mustache"),
      });
      await root.write(
        `${folder}/var.mount`,
        "[Unit]\nBefore=local-fs.target\n[Mount]\nWhat=/dev/sdb\nWhere=/var\n",
      );
      for (const [target, unit] of [
        ["local-fs", "var.mount"],
        ["sysinit", "honeypot-revert.service"],
        ["sysinit", "honeypot-admin-access.service"],
        ["multi-user", "honeypot-first-boot.service"],
        ["timers", "honeypot-rescue.timer"],
      ]) {
        await mkdir(root.path(`${folder}/${target}.target.wants`), { recursive: true });
        await symlink(`../${unit}`, root.path(`${folder}/${target}.target.wants/${unit}`));
      }
      // Programs of other packages are missing here, which is not of interest.
      const path = { ...process.env, SYSTEMD_UNIT_PATH: `${root.path(folder)}:/usr/lib/systemd/system` };
      const words = ["verify", "--man=no", "--generators=no", "multi-user.target"];
      const { stderr } = await execute("systemd-analyze", words, path);
      assert.not.match(stderr, /cycle|var\.mount: /);
    }),
);

needs("systemd-analyze")(units, "the capture's exposure is under 4", async () => {
  const words = ["security", "--offline=true", "--threshold=39", resolve("templates", captureUnit)];
  const { code, stdout } = await execute("systemd-analyze", words);
  assert.match(stdout, /Overall exposure level for honeypot-capture\.service: [0-3]\.\d/);
  assert.is(code, 0);
});

units("the capture is started again for ever, by its own user with one capability", async () => {
  const unit = await readUnit(resolve("templates", captureUnit));
  const wanted = {
    Restart: "always",
    RestartSec: "5",
    StartLimitIntervalSec: "0",
    User: "honeypot",
    AmbientCapabilities: "CAP_NET_RAW",
    CapabilityBoundingSet: "CAP_NET_RAW",
    NoNewPrivileges: "yes",
    WantedBy: "multi-user.target",
  };
  for (const [key, value] of Object.entries(wanted)) assert.equal(unit.get(key), [value], key);
});

units("the user of the unit, of its directory and of sysusers.d is the same", async () => {
  const unit = await readUnit(resolve("templates", captureUnit));
  const user = unit.get("User")?.[0];
  assert.match(await template("etc/sysusers.d/honeypot.conf"), new RegExp(`^u ${user} `, "m"));
  assert.match(await template("etc/tmpfiles.d/honeypot.conf"), new RegExp(`/dumps +1770 root ${user} `));
});

needs("systemd-sysusers", "systemd-tmpfiles")(
  units,
  "makes the user and the directories, twice alike",
  async () => {
    await withEtc(async (root) => {
      await root.write("etc/passwd", "root:x:0:0:root:/root:/bin/bash\n");
      await root.write("etc/group", "root:x:0:\nadm:x:4:\n");
      await root.write("var/log/honeypot_setup.log", "secrets", { mode: 0o644 });
      await root.write("var/lib/honeypot/dumps/x.pcap", "kept");
      await chmod(root.path("etc/honeypot/secrets"), 0o755);
      for (const round of ["first", "second"]) {
        const made = await execute("systemd-sysusers", [`--root=${root.root}`]);
        assert.is(made.code, 0, `${round}: ${made.stderr}`);
        assert.match(
          await root.read("etc/passwd"),
          /^honeypot:x:\d+:\d+:honeypot packet capture:\/:\/usr\/sbin\/nologin$/m,
        );
        const { code, stderr } = await execute("systemd-tmpfiles", [`--root=${root.root}`, "--create"]);
        assert.is(code, 0, `${round}: ${stderr}`);
        assert.is(stderr, "");
        const group = Number(/^honeypot:x:(\d+):/m.exec(await root.read("etc/group"))?.[1]);
        assert.ok(group > 0);
        for (const [path, mode, gid] of [
          ["etc/honeypot", 0o755, 0],
          ["etc/honeypot/secrets", 0o700, 0],
          ["opt/honeypot/scripts", 0o700, 0],
          ["opt/honeypot/first-boot", 0o700, 0],
          ["run/honeypot", 0o700, 0],
          ["var/backups/honeypot", 0o700, 0],
          ["var/lib/honeypot/dumps", 0o1770, group],
          ["var/lib/honeypot/state", 0o755, 0],
          ["var/log/honeypot", 0o750, 4],
          ["var/log/honeypot/cowrie", 0o750, 4],
          ["var/log/honeypot/firewall", 0o750, 4],
          ["var/log/honeypot/webhoneypot", 0o750, 4],
          ["var/log/honeypot_setup.log", 0o600, 0],
        ] as const) {
          const found = await stat(root.path(path));
          assert.equal([found.mode & 0o7777, found.uid, found.gid], [mode, 0, gid], `${round}: ${path}`);
        }
        assert.is(await root.read("var/lib/honeypot/dumps/x.pcap"), "kept");
      }
    });
  },
);

needs("logrotate")(units, "logrotate rotates our own logs, and none that was collected", async () => {
  await withEtc(async (root) => {
    const own = [
      "honeypot/backup.log",
      "honeypot/scp_backup.log",
      "honeypot/retention.log",
      "honeypot_setup.log",
    ];
    const collected = [
      "honeypot/cowrie/cowrie.json",
      "honeypot/firewall/dshield.log",
      "honeypot/webhoneypot/x.log",
    ];
    for (const log of [...own, ...collected]) await root.write(`var/log/${log}`, "a line\n", { mode: 0o600 });
    const text = (await template("etc/logrotate.d/honeypot")).replaceAll("/var/log/", root.path("var/log/"));
    const file = await root.write("logrotate.conf", text, { mode: 0o644 });
    const words = [`--state=${root.path("logrotate.state")}`, file];
    const debug = await execute("logrotate", ["--debug", ...words]);
    assert.is(debug.code, 0);
    assert.not.match(debug.stderr, /error/i);
    const forced = await execute("logrotate", ["--force", ...words]);
    assert.equal(forced, { code: 0, stdout: "", stderr: "" });
    for (const log of own) {
      assert.is(await root.read(`var/log/${log}.1`), "a line\n");
      assert.is(await root.read(`var/log/${log}`), "");
      assert.is(
        (await stat(root.path(`var/log/${log}`))).mode & 0o777,
        log === "honeypot_setup.log" ? 0o600 : 0o640,
      );
    }
    for (const log of collected) {
      assert.is(await root.read(`var/log/${log}`), "a line\n");
      assert.is(await root.exists(`var/log/${log}.1`), false);
    }
  });
});

units.run();

function template(path: string): Promise<string> {
  return readFile(resolve("templates", path), "utf8");
}

/** A scratch root with this area's files of `/etc` in it. */
async function withEtc(body: (root: ScratchRoot) => Promise<void>): Promise<void> {
  const root = await makeScratchRoot();
  try {
    for (const path of [captureUnit, "etc/sysusers.d/honeypot.conf", "etc/tmpfiles.d/honeypot.conf"])
      await root.write(path, await template(path), { mode: 0o644 });
    await body(root);
  } finally {
    await root.remove();
  }
}
