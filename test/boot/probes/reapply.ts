import * as assert from "uvu/assert";
import { waitFor } from "../../../src/emulation/wait-for.ts";
import type { Probe } from "../../support/sensor-under-test.ts";

const ini = "/srv/dshield/etc/dshield.ini";

/** Configuration that an update of DShield overwrites is restored automatically, once and with one message. */
export function reapplyProbes(probe: Probe): void {
  probe("settings from after the installation are applied, and reported", async (machine) => {
    assert.match(
      await machine.must(`sed --quiet '/^\\[DShield\\]/,/^\\[plugin/p' ${ini}`),
      "localcopy=/var/log/honeypot/localdshield.log\n",
    );
    assert.is(await machine.must(`stat --format=%a ${ini}; readlink /etc/dshield.ini`), `640\n${ini}\n`);
    assert.match(await machine.must("cat /etc/logrotate.d/dshield"), /rotate 14$/m);
    // After a reboot the last restored file is the one that cloud-init rewrites at each boot.
    assert.match(
      await machine.must("honeypot-status"),
      /^ok reapply +\d+ minutes ago: restored: .*(dshield\.ini|\/etc\/hosts)/m,
    );
  });

  probe("a file that is rewritten is put right within minutes, by itself", async (machine) => {
    const begin = (await machine.must("date +%s")).trim();
    await machine.must(`sed --in-place '/^localcopy/d' ${ini}; chmod 0644 ${ini}`);
    await waitFor("localcopy", async () => (await machine.run(`grep -q ^localcopy= ${ini}`)).code === 0, 300);
    assert.is(await machine.must(`stat --format='%a %U' ${ini}`), "640 dshield\n");
    // By the unit, or by the timetable, if that came first.
    const messages = `journalctl --since=@${begin} --output=cat _SYSTEMD_UNIT=honeypot-reapply.service + SYSLOG_IDENTIFIER=honeypot-reapply`;
    await waitFor("the message", async () => (await machine.must(messages)).includes(`restored: ${ini}`), 60);
  });

  probe("putting back does not set itself off again and again", async (machine) => {
    const runs = "journalctl --unit honeypot-reapply --output cat | grep -c 'Finished\\|Deactivated' || true";
    await machine.must("systemctl start honeypot-reapply.service");
    const before = Number(await machine.must(runs));
    await machine.must("sleep 90");
    assert.ok(Number(await machine.must(runs)) <= before + 4);
    assert.is(await machine.must("systemctl --failed --no-legend --plain"), "");
  });
}
