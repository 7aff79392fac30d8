import { readdir } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { waitFor } from "../../../src/emulation/wait-for.ts";
import { here, withCopyOf } from "../../support/sensor-files.ts";
import type { Probe } from "../../support/sensor-under-test.ts";
import { script } from "./backup.ts";
import { assertCaptures, dumps } from "./capture.ts";

/** What the sensor is after a reboot, a power cut in the middle of a backup, and a boot without a network card. */
export function rebootProbes(probe: Probe): void {
  probe("a second boot changes nothing", async (machine) => {
    const before = await machine.must(everything);
    await machine.reboot();
    await machine.must("cloud-init status --wait >/dev/null || (($? == 2))");
    assert.equal(changes(before, await machine.must(everything)), []);
    assert.is(await machine.must("systemctl --failed --no-legend --plain"), "");
    assert.is(
      await machine.must("systemctl show --property=ConditionResult --value honeypot-first-boot.service"),
      "no\n",
    );
  });

  probe("the capture is back after the reboot, without having touched its older files", async (machine) => {
    await assertCaptures(machine);
    await waitFor("honeypot-status", async () => (await machine.run("honeypot-status")).code === 0);
  });

  probe(
    "after a power cut in the middle of a backup, and with a network card that comes late, it recovers",
    async (machine) => {
      await machine.must("head --bytes=16M /dev/urandom >~analyst/large; sync");
      await machine.must("systemd-run --quiet --unit=backup-to-be-cut /opt/honeypot/scripts/backup.sh");
      await machine.must(
        "until (($(stat --format=%s /var/backups/honeypot/.work/archive.new* 2>/dev/null | sort -n | tail -1) > 2000000)); do sleep 0.2; done; sync",
      );
      const files = await dumps(machine);
      await machine.cutPower();
      await machine.start("unplugged");
      await machine.waitForConsole(/ login: /);
      await machine.plugNetwork();
      await machine.waitForLogin();
      assert.match(await machine.must("ls -A /var/backups/honeypot"), /^\.work$/m);
      await assertCaptures(machine);
      assert.ok((await dumps(machine)).length > files.length);
      assert.match(
        await machine.must("journalctl --boot --unit=honeypot-capture --output=cat"),
        "no default route yet",
      );
    },
  );

  probe("the next backup leaves no half archive", async (machine) => {
    await machine.must(script("backup.sh"));
    await withCopyOf(machine, "/var/backups/honeypot", async (copy) => {
      const names = (await readdir(copy)).sort();
      assert.equal(
        names.filter((name) => name.startsWith(".")),
        [],
      );
      const archives = names.filter((name) => name.endsWith(".zip"));
      assert.equal(names, archives.flatMap((name) => [name, `${name}.sha256`]).sort());
      for (const name of archives) await here("unzip", "-P", "infected", "-qq", "-t", join(copy, name));
      const newest = archives.filter((name) => name.includes("_home_")).at(-1);
      assert.match(await here("unzip", "-Z1", join(copy, newest as string)), /^home\/analyst\/large$/m);
    });
    assert.match(await machine.must("honeypot-status"), /^fra-vps is well\n/);
  });
}

// Files with their modes, owners and sums; users, enabled units, rules and identity. Not /var, which is to change.
const everything = `
places=(/etc /opt /usr/local /root ~analyst/.ssh /var/lib/honeypot/state/first-boot /var/lib/honeypot/state/first-boot.done)
find "\${places[@]}" -printf '%p %y %m %u %g %l\\n' | LC_ALL=C sort
find "\${places[@]}" -type f -print0 | LC_ALL=C sort --zero-terminated | xargs --null sha256sum
cat /var/lib/cloud/data/instance-id /etc/machine-id
hostname
getent passwd
getent group
systemctl list-unit-files --no-legend --plain
nft list ruleset
dpkg-query --show
`;

function changes(before: string, after: string): readonly string[] {
  const [old, now] = [new Set(before.split("\n")), new Set(after.split("\n"))];
  return [
    ...[...old].filter((line) => !now.has(line)).map((line) => `- ${line}`),
    ...[...now].filter((line) => !old.has(line)).map((line) => `+ ${line}`),
  ];
}
