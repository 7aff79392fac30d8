import { suite } from "uvu";
import { dshieldUnderTest } from "../support/dshield-under-test.ts";
import { probesOf, releasesToBoot } from "../support/sensor-under-test.ts";
import { dshieldProbes } from "./probes/dshield.ts";
import { firewallProbes } from "./probes/firewall.ts";
import { reapplyProbes } from "./probes/reapply.ts";

// A sensor whose first boot installs a stand-in for DShield. Firewall and reapply need the installation, so their probes
// come after its own.
const sensor = suite("a sensor that has installed DShield");

for (const release of releasesToBoot()) {
  const subject = dshieldUnderTest(release);
  const probe = probesOf(sensor, release, subject);
  dshieldProbes(probe, subject);
  for (const probes of [firewallProbes, reapplyProbes]) probes(probe);
  sensor(`${release}: the machine is turned off`, () => subject.dispose());
}

sensor.run();
