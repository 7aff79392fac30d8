import { suite } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import { makeSimulatedSensor } from "../support/simulated-sensor.ts";

// The alarms that links.py must not raise, in simulated time. planted-links.test.ts has those that it must.

const links = suite("links.py in simulated time");
const test = needs("python3");

test(links, "reports nothing on normal days, in a quiet night and in a flood", async () => {
  const sensor = await makeSimulatedSensor(4);
  try {
    for (const [faults, hours] of [
      [[], 48],
      [["quiet"], 20],
      [["flood"], 2],
    ] as const)
      await sensor.withFaults(faults, hours, async (_scratch, { found }) => {
        assert.equal([...found.keys()], [], faults.join());
      });
  } finally {
    await sensor.scratch.remove();
  }
});

test(links, "reports nothing about traffic before it knows what is usual", async () => {
  const sensor = await makeSimulatedSensor(1);
  try {
    for (const fault of ["cowrie log", "firewall log", "nat", "uplink", "filter"])
      await sensor.withFaults([fault], 6, async (_scratch, { found }) => {
        assert.equal([...found.keys()], [], fault);
      });
  } finally {
    await sensor.scratch.remove();
  }
});

links.run();
