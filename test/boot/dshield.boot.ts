import { suite } from "uvu";
import { dshieldUnderTest } from "../support/dshield-under-test.ts";
import { probesOf, releasesToBoot } from "../support/sensor-under-test.ts";
import { dshieldProbes } from "./probes/dshield.ts";
import { firewallProbes } from "./probes/firewall.ts";
import { reapplyProbes } from "./probes/reapply.ts";

// A sensor whose first boot installs DShield, or rather our stand-in for it. Probes of what builds on it stand behind:
// the order is that of its life.
const sensor = suite("a sensor that has installed DShield");

for (const release of releasesToBoot()) {
  const subject = dshieldUnderTest(release);
  const probe = probesOf(sensor, release, subject);
  dshieldProbes(probe, subject);
  for (const probes of [firewallProbes, reapplyProbes]) probes(probe);
  sensor(`${release}: the machine is turned off`, () => subject.dispose());
}

sensor.run();
