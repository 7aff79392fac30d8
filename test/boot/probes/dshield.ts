import * as assert from "uvu/assert";
import { waitFor } from "../../../src/emulation/wait-for.ts";
import { type DshieldUnderTest, waitForFirstBoot } from "../../support/dshield-under-test.ts";
import { knock } from "../../support/knock.ts";
import type { Probe } from "../../support/sensor-under-test.ts";

const log = "/var/log/honeypot_setup.log";

/** DShield has been installed, and works after the one reboot that it wants. */
export function dshieldProbes(probe: Probe, subject: DshieldUnderTest): void {
  probe("the first boot installs DShield, reboots once, and ends well", async (machine) => {
    await waitForFirstBoot(machine);
    const { code, stdout } = await machine.run("honeypot-status");
    assert.is(code, 0, `${stdout}${await machine.must(`tail -n 60 ${log}`)}`);
    assert.is(await machine.must(`grep -c '80-reboot: rebooting' ${log}`), "1\n");
    assert.is(await machine.must(`grep -c '50-dshield begins' ${log}`), "1\n");
    assert.is(
      await machine.must(
        "cmp --silent /var/lib/honeypot/state/reboot /proc/sys/kernel/random/boot_id && echo same || echo another",
      ),
      "another\n",
    );
  });

  probe("the service was asked for the key once, in its own way", async (machine) => {
    const { asked } = subject.service();
    assert.is(asked.length, 1, asked.join("\n"));
    assert.match(await machine.must("honeypot-status"), "\nok api key         accepted\n");
  });

  probe("each of the honeypots runs and listens, and cowrie knows its account", async (machine) => {
    const listening = await machine.must("ss --no-header --listening --tcp --numeric | awk '{ print $4 }'");
    for (const port of [2222, 2223, 8000, 8443]) assert.match(listening, `0.0.0.0:${port}\n`);
    assert.match(
      await machine.must("journalctl --unit cowrie --output cat"),
      "Loaded output engine: dshield",
    );
    const environment = await machine.must(
      "tr '\\0' '\\n' </proc/$(systemctl show --property=MainPID --value cowrie)/environ",
    );
    assert.match(environment, "\nCOWRIE_HONEYPOT_AUTH_CLASS_PARAMETERS=4, 7, 50\n");
    assert.is(await machine.must("systemctl --failed --no-legend --plain"), "");
  });

  probe("a visitor of the honeypot is in its log, and in the status", async (machine) => {
    await knock(machine.port(2222));
    await waitFor("the visit", async () =>
      (await machine.must("honeypot-status")).includes('{"eventid": "cowrie.session.connect"'),
    );
  });

  probe("no account keeps the installer's rights, and no agent is installed", async (machine) => {
    await machine.must("! runuser --user dshield -- sudo --non-interactive true 2>/dev/null");
    assert.not.match(await machine.must("ls /etc/sudoers.d"), "dshield");
    assert.is(await machine.must("dpkg-query --show 'velociraptor*' 2>/dev/null || true"), "");
    assert.is(await machine.must("swapon --show --noheadings; ip route show 10.255.255.0/24"), "");
  });

  probe("the API key is nowhere but where it is used", async (machine) => {
    const found = await machine.must(
      `${grep} /etc/honeypot/secrets/dshield_api_key /etc /home /opt /root /srv /usr/local /var/lib/honeypot /var/log /var/backups | sort || true`,
    );
    const allowed =
      /^\/(etc\/honeypot\/secrets\/(cowrie\.env|dshield_api_key)|srv\/(dshield\/etc\/dshield\.ini.*|log\/install_.*)|var\/log\/honeypot_dshield\.log)$/;
    const others = found.split("\n").filter((path) => path !== "" && !allowed.test(path));
    assert.equal(others, []);
    // Secrets that no other account may read, and that no process shows.
    await machine.must(`install --mode=0644 /etc/honeypot/secrets/dshield_api_key /run/key
      ! setpriv --reuid=65534 --regid=65534 --clear-groups ${grep} /run/key /etc /srv /var/log /proc/[0-9]*/environ
      ! ${grep} /run/key /proc/[0-9]*/cmdline
      rm /run/key`);
  });
}

// The key itself must not be among the words: sudo logs them.
const grep = "grep --recursive --files-with-matches --fixed-strings --no-messages --file";
