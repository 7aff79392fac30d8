import * as assert from "uvu/assert";
import { escapeEnvironment } from "../../../src/artifacts/escapes.ts";
import { nasty } from "../../support/nasty.ts";
import type { Probe } from "../../support/sensor-under-test.ts";

/** What cloud-init may say without it being our doing. */
const foreign: readonly RegExp[] = [];

// On a slow machine the time server's answers may count only after the first boot.
const synchronised = `for ((try = 0; try < 300; try++)); do
  [[ "$(timedatectl show --property=NTPSynchronized --value)" != yes ]] || exit 0; sleep 2; done; exit 1`;

/** The first boot has ended, and all is as it should be. */
export function firstBootProbes(probe: Probe): void {
  probe("the first boot ends, and honeypot-status says that the sensor is well", async (machine) => {
    const { code, stdout, stderr } = await machine.run("honeypot-status --wait --timeout 2400");
    const log = code === 0 ? "" : await machine.must("tail -n 50 /var/log/honeypot_setup.log");
    assert.is(code, 0, `exit ${code}\n${stdout}${stderr}${log}`);
    assert.match(stdout.toString(), /^fra-vps is well\n/);
    await machine.must(synchronised);
  });

  probe("honeypot-status --json says the same to a program", async (machine) => {
    const status = JSON.parse(await machine.must("honeypot-status --json"));
    assert.is(status.sensor, "fra-vps");
    assert.is(status.healthy, true);
    const names = status.checks.map((check: { name: string }) => check.name);
    for (const name of ["first boot", "capture", "log collection", "backup", "disk", "admin access", "cron"])
      assert.ok(names.includes(name), name);
    for (const { name, status: mark } of status.checks) assert.is(mark, "good", name);
  });

  probe("cloud-init has nothing to complain about", async (machine) => {
    const { code } = await machine.run("cloud-init status --wait >/dev/null");
    const complaints = (
      await machine.must(
        "grep -E ' - [^ ]+\\[(WARNING|ERROR|CRITICAL|DEPRECATED)\\]' /var/log/cloud-init.log || true",
      )
    )
      .split("\n")
      .filter((line) => line !== "" && !foreign.some((words) => words.test(line)));
    assert.equal(complaints, []);
    assert.ok(code === 0 || (code === 2 && foreign.length > 0), `exit ${code}`);
  });

  probe("systemd reads back every nasty value of an environment file", async (machine) => {
    const text = nasty.map((value, index) => `V${index}="${escapeEnvironment(value)}"\n`).join("");
    const [file, unit] = [
      "/run/nasty.env",
      "systemd-run --quiet --wait --pipe --property=EnvironmentFile=/run/nasty.env",
    ];
    await machine.must(`printf %s ${Buffer.from(text).toString("base64")} | base64 --decode >${file}`);
    const said = await machine.must(`${unit} env --null | base64 --wrap=0; rm ${file}`);
    const pairs = Buffer.from(said, "base64").toString().split("\0");
    for (const [index, value] of nasty.entries())
      assert.ok(pairs.includes(`V${index}=${value}`), JSON.stringify(value));
  });

  probe("each unit is in its state, and none has failed", async (machine) => {
    assert.is(await machine.must("systemctl --failed --no-legend --plain"), "");
    for (const unit of [
      "honeypot-capture.service",
      "honeypot-admin-access.service",
      "cron.service",
      "ssh.service",
      "logrotate.timer",
      "honeypot-retention.timer",
      "honeypot-collect.timer",
      "honeypot-links.timer",
    ])
      assert.is(await machine.must(`systemctl is-active ${unit} || true`), "active\n", unit);
    for (const unit of [
      "honeypot-capture.service",
      "honeypot-admin-access.service",
      "cron.service",
      "logrotate.timer",
      "honeypot-retention.timer",
      "honeypot-collect.timer",
      "honeypot-links.timer",
    ])
      assert.is(await machine.must(`systemctl is-enabled ${unit} || true`), "enabled\n", unit);
    await machine.must("systemctl start honeypot-links.service");
    assert.is(await machine.must("cat /var/lib/honeypot/state/links.last 2>/dev/null || true"), "");
    assert.is(
      await machine.must("systemctl show --property=Result --value honeypot-first-boot.service"),
      "success\n",
    );
  });

  probe("host name, time zone and clock are those of the settings", async (machine) => {
    assert.is(await machine.must("hostname"), "fra-vps\n");
    assert.is(
      await machine.must("readlink /etc/localtime; cat /etc/timezone"),
      "/usr/share/zoneinfo/America/New_York\nAmerica/New_York\n",
    );
    assert.is(await machine.must("timedatectl show --property=NTPSynchronized --value"), "yes\n");
  });

  probe("directories and secrets are only for whom they are for", async (machine) => {
    const want = [
      "600 root root /etc/honeypot/secrets/backup_password",
      "600 root root /var/log/honeypot_setup.log",
      "700 root root /etc/honeypot/secrets",
      "700 root root /opt/honeypot/scripts",
      "700 root root /var/backups/honeypot",
      "750 root adm /var/log/honeypot",
      "1770 root honeypot /var/lib/honeypot/dumps",
    ];
    const paths = want.map((line) => line.split(" ")[3]).join(" ");
    assert.is(await machine.must(`stat --format='%a %U %G %n' ${paths}`), `${want.join("\n")}\n`);
  });
}
