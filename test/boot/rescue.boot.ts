import { suite } from "uvu";
import { dshieldUnderTest } from "../support/dshield-under-test.ts";
import { probesOf, releasesToBoot } from "../support/sensor-under-test.ts";
import { rescueProbes } from "./probes/rescue.ts";

// A sensor whose admins are locked out; it has a boot of its own, since nobody else gets in afterwards.
const sensor = suite("a sensor whose admins are locked out");

for (const release of releasesToBoot()) {
  const subject = dshieldUnderTest(release);
  const probe = probesOf(sensor, release, subject);
  probe("the first boot ends well", async (machine) => {
    await machine.must("honeypot-status --wait --timeout 2400");
  });
  rescueProbes(probe);
  sensor(`${release}: the machine is turned off`, () => subject.dispose());
}

sensor.run();
