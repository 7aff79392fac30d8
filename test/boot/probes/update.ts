import * as assert from "uvu/assert";
import type { VirtualMachine } from "../../../src/emulation/virtual-machine.ts";
import { waitFor } from "../../../src/emulation/wait-for.ts";
import { nextStandIn } from "../../support/dshield-stand-in.ts";
import type { DshieldUnderTest } from "../../support/dshield-under-test.ts";
import type { Probe } from "../../support/sensor-under-test.ts";

const ini = "/srv/dshield/etc/dshield.ini";
const cowrie = "srv/cowrie/twistd.py";

/** Updates of DShield as its timer begins them: one that is better, and one that breaks the honeypot. */
export function updateProbes(probe: Probe, subject: DshieldUnderTest): void {
  probe("each week the newest of the branch is looked for; that may be nothing new", async (machine) => {
    assert.match(await machine.must("systemctl list-timers honeypot-update.timer --no-legend"), "Sun ");
    assert.match(
      await update(machine),
      new RegExp(`^ok update +\\d+ minutes ago: is at ${await head(machine)}, which is main$`, "m"),
    );
    assert.is(await machine.must("ls /srv | grep --count '^cowrie\\.2' || true"), "0\n");
  });

  probe("a newer commit is installed after a backup, checked, and reported", async (machine) => {
    const before = await state(machine);
    const old = await head(machine);
    const now = await nextStandIn(subject.repository(), cowrie, "SSH-2.0-stand-in", "SSH-2.0-newer");
    await machine.must("touch /run/begun; sleep 1");
    const said = await update(machine);
    assert.match(said, /^fra-vps is well$/m);
    assert.match(
      said,
      new RegExp(`^ok update +\\d+ minutes ago: updated from ${old} to ${now.slice(0, 7)}$`, "m"),
    );
    assert.match(said, new RegExp(`^ok dshield +${now.slice(0, 7)} of `, "m"));
    assert.is(await banner(machine), "SSH-2.0-newer\n");
    assert.is(await state(machine), before);
    // What its installer has made is newer than the backup, and what is ours newer than both.
    const order = `find /var/lib/honeypot/state/backup.last -newer /run/begun
      find /srv/cowrie/cowrie-env/bin/twistd -newer /var/lib/honeypot/state/backup.last
      find ${ini} /etc/logrotate.d/dshield -newer /srv/cowrie/cowrie-env/bin/twistd`;
    assert.is(
      await machine.must(order),
      `/var/lib/honeypot/state/backup.last\n/srv/cowrie/cowrie-env/bin/twistd\n${ini}\n/etc/logrotate.d/dshield\n`,
    );
    assert.match(await machine.must("cat /var/lib/honeypot/state/backup.last"), /^\d+ ok /);
  });

  probe("a commit that breaks the honeypot is rolled back, and reported", async (machine) => {
    const before = await state(machine);
    const old = await head(machine);
    const bad = await nextStandIn(
      subject.repository(),
      cowrie,
      "settings = os.environ",
      "raise SystemExit(1)",
    );
    const said = await update(machine);
    assert.match(
      said,
      new RegExp(
        `^!! update +\\d+ minutes ago: ${bad.slice(0, 7)} does not work here \\((cowrie, )?port 2222, port 2223\\); went back to ${old}$`,
        "m",
      ),
    );
    // Nothing else is wrong.
    assert.is(said.match(/^!! /gm)?.length, 1, said);
    assert.is(await head(machine), old);
    assert.is(await banner(machine), "SSH-2.0-newer\n");
    assert.is(await state(machine), before);
    assert.match(
      await update(machine),
      new RegExp(`^ok update .*: stays at ${old}: ${bad.slice(0, 7)} did not work here$`, "m"),
    );
    assert.is(await machine.must("systemctl --failed --no-legend --plain"), "");
  });
}

/** Starts the update like its timer, waits for the end, and returns the output of honeypot-status. */
async function update(machine: VirtualMachine): Promise<string> {
  await machine.run("systemctl start honeypot-update.service");
  return machine.must(
    "journalctl --unit honeypot-update --output cat --lines 5 >&2; honeypot-status || true",
  );
}

async function head(machine: VirtualMachine): Promise<string> {
  return (await machine.must("git -C /opt/honeypot/src/dshield rev-parse HEAD")).slice(0, 7);
}

async function banner(machine: VirtualMachine): Promise<string> {
  const greets = async (): Promise<string> =>
    machine.must("timeout 10 bash -c 'head --bytes=100 </dev/tcp/127.0.0.1/2222' | tr --delete '\\r'");
  return waitFor("the honeypot", greets, 60);
}

/** Who listens where, the rules, and our lines in upstream's files: to be the same whatever was installed. */
function state(machine: VirtualMachine): Promise<string> {
  return machine.must(`/opt/honeypot/scripts/firewall.sh --check
    ss --no-header --listening --tcp --processes --numeric | sed --regexp-extended 's/(pid|fd)=[0-9]+//g; s/ +/ /g' | sort
    iptables-save | grep '^-'
    sed '/^version=/d' ${ini} | sha256sum
    stat --format='%a %U:%G' ${ini}
    cat /etc/logrotate.d/dshield
    ! grep /sbin/reboot /etc/cron.d/dshield
    ! ls /etc/sudoers.d | grep dshield
    ! grep velociraptor /etc/apt/sources.list.d/*
    tail -n 1 /etc/hosts`);
}
