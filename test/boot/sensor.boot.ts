import { suite } from "uvu";
import { probesOf, releasesToBoot, sensorUnderTest } from "../support/sensor-under-test.ts";
import { accessProbes } from "./probes/access.ts";
import { backupProbes } from "./probes/backup.ts";
import { captureProbes } from "./probes/capture.ts";
import { firstBootProbes } from "./probes/first-boot.ts";
import { fleetCommandProbes } from "./probes/fleet-commands.ts";
import { rebootProbes } from "./probes/reboot.ts";

// The probes share one machine, in the order of its life: none of them breaks the sensor for the next one.
const sensor = suite("a sensor that has booted");

for (const release of releasesToBoot()) {
  const subject = sensorUnderTest(release, "fra-vps", async (machine) => {
    await machine.start();
    await machine.waitForLogin();
  });
  const probe = probesOf(sensor, release, subject);
  for (const probes of [
    firstBootProbes,
    accessProbes,
    captureProbes,
    backupProbes,
    fleetCommandProbes,
    rebootProbes,
  ])
    probes(probe);
  sensor(`${release}: the machine is turned off`, () => subject.dispose());
}

sensor.run();
