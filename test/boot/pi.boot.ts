import { suite } from "uvu";
import { needs } from "../support/needs.ts";
import { type PiKind, piTools, piUnderTest } from "../support/pi-under-test.ts";
import { bootTools, type Probe, releasesToBoot } from "../support/sensor-under-test.ts";
import { bootPartitionProbes, firstRunProbes, nextStartProbes, seedProbes } from "./probes/boot-partition.ts";
import { firstBootProbes } from "./probes/first-boot.ts";

// Debian 13 replaces Raspberry Pi OS 13 with cloud-init; on request Debian 12 replaces 12 with firstrun.sh.
const pi = suite("a Raspberry Pi that has started from an image of `sensorbake image`");
const test = needs(...bootTools, ...piTools);

for (const release of releasesToBoot()) {
  const os = release === "debian-13" ? "raspios-13" : "raspios-12";
  const kind: PiKind = { os, release };
  const subject = piUnderTest(kind, async (machine, dropFirstRun) => {
    await machine.start();
    if (os === "raspios-12") {
      await machine.waitForConsole(/reboot: Restarting system/);
      await machine.cutPower();
      dropFirstRun();
      await machine.start();
    }
    await machine.waitForLogin();
  });
  const probe: Probe = (name, body) => {
    test(pi, `${os}: ${name}`, async () => body(await subject.machine()));
  };
  const own = os === "raspios-13" ? seedProbes : firstRunProbes;
  for (const probes of [firstBootProbes, bootPartitionProbes, own, nextStartProbes]) probes(probe);
  pi(`${os}: the machine is turned off`, () => subject.dispose());
}

pi.run();
