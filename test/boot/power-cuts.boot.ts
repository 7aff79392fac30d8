import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { VirtualMachine } from "../../src/emulation/virtual-machine.ts";
import { execute } from "../support/scratch-root.ts";
import { here, withCopyOf } from "../support/sensor-files.ts";
import { probesOf, releasesToBoot, sensorUnderTest, sevenZipPassword } from "../support/sensor-under-test.ts";
import { script } from "./probes/backup.ts";
import { assertCaptures } from "./probes/capture.ts";

// Another sensor, whose first boot is cut short several times, and whose archives are 7z.
const powerCuts = suite("a sensor that loses its power in its first boot");

for (const release of releasesToBoot()) {
  const subject = sensorUnderTest(release, "nyc-vps", cutShort);
  const probe = probesOf(powerCuts, release, subject);

  probe(
    "after power cuts when cloud-init wrote its files, and while lists and packages came, the first boot ends well",
    async (machine) => {
      const { code, stdout, stderr } = await machine.run("honeypot-status --wait --timeout 2400");
      const log = await machine.must("cat /var/log/honeypot_setup.log");
      assert.is(code, 0, `exit ${code}\n${stdout}${stderr}${log}`);
      assert.match(stdout.toString(), /^nyc-vps is well\n/);
      assert.is(await machine.must("dpkg --audit"), "");
      // The fifth mark is a file with another content; c is a file of settings.
      assert.is(await machine.must("dpkg --verify | grep '^..5' | grep -v ' c /' || true"), "");
      assert.is(await machine.must("systemctl --failed --no-legend --plain"), "");
      await assertCaptures(machine);
    },
  );

  probe(
    "its archives are 7z, which open with the password only and do not even tell names",
    async (machine) => {
      await machine.must("printf 'a report\\n' >~analyst/report.txt");
      await machine.must(script("backup.sh"));
      await withCopyOf(machine, "/var/backups/honeypot", async (copy) => {
        const archives = (await readdir(copy)).filter((name) => name.endsWith(".7z"));
        const home = archives.find((name) => name.startsWith("nyc-vps_home_"));
        assert.ok(home, `${archives}`);
        for (const name of archives) {
          assert.match(await here("7zz", "t", `-p${sevenZipPassword}`, join(copy, name)), "Everything is Ok");
          for (const command of ["t", "l"])
            assert.is.not((await execute("7zz", [command, "-pwrong", join(copy, name)])).code, 0);
        }
        const list = await here("7zz", "l", "-ba", `-p${sevenZipPassword}`, join(copy, home as string));
        assert.match(list, / home\/analyst\/report\.txt$/m);
      });
    },
  );

  powerCuts(`${release}: the machine is turned off`, () => subject.dispose());
}

powerCuts.run();

async function cutShort(machine: VirtualMachine): Promise<void> {
  await machine.start();
  // This stage comes right after the one that writes files, most of which are only in memory yet.
  await machine.waitForConsole(/running 'modules:config'/);
  await machine.cutPower();
  await machine.start();
  await machine.waitForLogin();
  for (const moment of ["Fetched", "Unpacking", "Setting up"]) {
    await machine.must(`until grep -q '^${moment} ' /var/log/honeypot_setup.log; do sleep 0.2; done`);
    await machine.cutPower();
    await machine.start();
    await machine.waitForLogin();
  }
}
