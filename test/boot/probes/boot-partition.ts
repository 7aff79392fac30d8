import * as assert from "uvu/assert";
import { waitFor } from "../../../src/emulation/wait-for.ts";
import { canaries } from "../../support/pi-under-test.ts";
import type { Probe } from "../../support/sensor-under-test.ts";

const log = "/boot/firmware/sensor-first-boot.log";

/** What a first boot leaves on the boot partition of a Pi. */
export function bootPartitionProbes(probe: Probe): void {
  probe("the boot partition has a copy of the first boot's log", async (machine) => {
    // The step that writes it comes after the stamp that others wait for.
    await waitFor(
      "the log",
      async () => (await machine.run(`grep -q 'all steps are done' ${log}`)).code === 0,
    );
    const lines = (await machine.must(`cat ${log}`)).split("\n");
    for (const step of ["10-directories", "40-packages", "05-scrub"])
      assert.ok(
        lines.some((line) => line.includes(`${step} is done after`)),
        step,
      );
    assert.is(
      await machine.must(`stat --format=%s ${log}`),
      await machine.must("stat --format=%s /var/log/honeypot_setup.log"),
    );
  });

  probe("no secret is on the boot partition, nor in its free blocks", async (machine) => {
    const words = Object.values(canaries).join("|");
    const here = `grep --recursive --text --extended-regexp --files-with-matches '${words}'`;
    assert.is(await machine.must(`${here} /boot/firmware || true`), "");
    assert.is(await machine.must(`sync; ${here} /dev/disk/by-partuuid/12345678-01 || true`), "");
    // They were found elsewhere, so that the search would have found them here.
    assert.match(await machine.must(`${here} /etc/honeypot/secrets`), "backup_password");
  });
}

/** The seed of cloud-init stays, emptied. */
export function seedProbes(probe: Probe): void {
  probe("the seed is emptied and not deleted", async (machine) => {
    assert.is(await machine.must("cat /boot/firmware/user-data"), "#cloud-config\n{}\n");
    assert.match(
      await machine.must("cat /boot/firmware/meta-data"),
      /^instance-id: "fra-vps-[0-9a-f]{12}"$/m,
    );
    assert.match(await machine.must("cat /boot/firmware/network-config"), /^ +password: "scrubbed"$/m);
    assert.match(
      await machine.must("cat /boot/firmware/cmdline.txt"),
      / ds=nocloud;i=fra-vps-[0-9a-f]{12}\n$/,
    );
  });
}

/** What else is there after a start with `firstrun.sh`. */
export function firstRunProbes(probe: Probe): void {
  probe("firstrun.sh, its unpacked files and its kernel options are removed", async (machine) => {
    const names = (await machine.must("ls /boot/firmware")).split("\n");
    for (const name of ["firstrun.sh", "honeypot.tar.gz", "honeypot-unpack.sh"])
      assert.not(names.includes(name), name);
    assert.is(await machine.must("tr ' ' '\\n' </boot/firmware/cmdline.txt | grep '^systemd' || true"), "");
  });

  probe("NetworkManager would join the wireless network, and its file has no passphrase", async (machine) => {
    const file = "/etc/NetworkManager/system-connections/honeypot-wifi.nmconnection";
    assert.is(await machine.must(`stat --format='%a %U' ${file}`), "600 root\n");
    assert.match(await machine.must(`cat ${file}`), /^psk=[0-9a-f]{64}$/m);
  });
}

/** The next start finds a sensor, and nothing to do. */
export function nextStartProbes(probe: Probe): void {
  probe(
    "the next start does not run the first boot again, and keeps identity and network",
    async (machine) => {
      const before = await machine.must(identity);
      await machine.reboot();
      await machine.must("cloud-init status --wait >/dev/null || (($? == 2))");
      assert.is(await machine.must(identity), before);
      assert.is(
        await machine.must("systemctl show --property=ConditionResult --value honeypot-first-boot.service"),
        "no\n",
      );
      assert.is(await machine.must("systemctl --failed --no-legend --plain"), "");
      await waitFor("honeypot-status", async () => (await machine.run("honeypot-status")).code === 0);
    },
  );
}

const identity = `
hostname
cat /etc/machine-id /etc/ssh/ssh_host_*_key.pub
cat /var/lib/cloud/data/instance-id 2>/dev/null || true
sha256sum /etc/netplan/*.yaml /etc/NetworkManager/system-connections/* 2>/dev/null || true
find /opt/honeypot /etc/honeypot /var/lib/honeypot/state/first-boot -type f -printf '%p %m %T@\\n' | sort
find /boot/firmware /var/log/honeypot_setup.log -type f -exec sha256sum -- {} + | sort
`;
