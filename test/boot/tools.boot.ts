import { suite } from "uvu";
import { probesOf, releasesToBoot } from "../support/sensor-under-test.ts";
import { toolsUnderTest } from "../support/tools-under-test.ts";
import { toolProbes } from "./probes/tools.ts";

// A sensor that analyses its logs and ships them. It has a boot of its own: its libraries take longer than all the rest.
const sensor = suite("a sensor with analysis tools and Filebeat");

for (const release of releasesToBoot()) {
  const subject = toolsUnderTest(release);
  toolProbes(probesOf(sensor, release, subject));
  sensor(`${release}: the machine is turned off`, () => subject.dispose());
}

sensor.run();
