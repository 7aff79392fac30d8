import { suite } from "uvu";
import { needs } from "../support/needs.ts";
import { bootTools, type Probe, releasesToBoot, sensorUnderTest } from "../support/sensor-under-test.ts";
import { accessProbes } from "./probes/access.ts";
import { backupProbes } from "./probes/backup.ts";
import { captureProbes } from "./probes/capture.ts";
import { firstBootProbes } from "./probes/first-boot.ts";
import { rebootProbes } from "./probes/reboot.ts";

// One machine for all that can be asked of a sensor without breaking it; the order is that of its life.
const sensor = suite("a sensor that has booted");
const test = needs(...bootTools);

for (const release of releasesToBoot()) {
  const subject = sensorUnderTest(release, "fra-vps", async (machine) => {
    await machine.start();
    await machine.waitForLogin();
  });
  const probe: Probe = (name, body) => {
    test(sensor, `${release}: ${name}`, async () => body(await subject.machine()));
  };
  for (const probes of [firstBootProbes, accessProbes, captureProbes, backupProbes, rebootProbes])
    probes(probe);
  sensor(`${release}: the machine is turned off`, () => subject.dispose());
}

sensor.run();
