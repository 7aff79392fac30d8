import { suite } from "uvu";
import { dshieldUnderTest, waitForFirstBoot } from "../support/dshield-under-test.ts";
import { probesOf, releasesToBoot } from "../support/sensor-under-test.ts";
import { rescueProbes } from "./probes/rescue.ts";
import { updateProbes } from "./probes/update.ts";

// A sensor whose DShield is updated. The lock-out of the admins comes last, because no probe can log in afterwards.
const sensor = suite("a sensor whose DShield is updated, and whose admins are locked out");

for (const release of releasesToBoot()) {
  const subject = dshieldUnderTest(release, { updates: true });
  const probe = probesOf(sensor, release, subject);
  probe("the first boot ends well", async (machine) => {
    await waitForFirstBoot(machine);
    await machine.must("honeypot-status");
  });
  updateProbes(probe, subject);
  rescueProbes(probe);
  sensor(`${release}: the machine is turned off`, () => subject.dispose());
}

sensor.run();
