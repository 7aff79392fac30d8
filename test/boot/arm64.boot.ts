import { suite } from "uvu";
import { needs } from "../support/needs.ts";
import { piTools, piUnderTest } from "../support/pi-under-test.ts";
import { bootTools } from "../support/sensor-under-test.ts";
import { bootPartitionProbes, nextStartProbes, seedProbes } from "./probes/boot-partition.ts";
import { firstBootProbes } from "./probes/first-boot.ts";

// As pi.boot.ts, with the processor of a Pi: programs for arm64, a kernel for arm64, all of it emulated.
const pi = suite("a Raspberry Pi of arm64 that has started from an image of `sensorbake image`");
const test = needs(...bootTools, ...piTools, "qemu-system-aarch64", "qemu-aarch64-static", "arch-test");

const subject = piUnderTest(
  { os: "raspios-13", release: "debian-13", architecture: "arm64" },
  async (machine) => {
    await machine.start();
    await machine.waitForLogin();
  },
);
for (const probes of [firstBootProbes, bootPartitionProbes, seedProbes, nextStartProbes])
  probes((name, body) => test(pi, `arm64: ${name}`, async () => body(await subject.machine())));
pi("arm64: the machine is turned off", () => subject.dispose());

pi.run();
