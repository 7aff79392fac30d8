import { suite } from "uvu";
import type { VirtualMachine } from "../../src/emulation/virtual-machine.ts";
import { type BakedImage, bakeImage, bakeTools } from "../support/baked-image.ts";
import { needs } from "../support/needs.ts";
import { bootTools, probesOf, sensorUnderTest } from "../support/sensor-under-test.ts";
import { backupProbes } from "./probes/backup.ts";
import { captureProbes } from "./probes/capture.ts";
import { firstBootProbes } from "./probes/first-boot.ts";
import { rebootProbes } from "./probes/reboot.ts";

// The rest of a sensor's life on an image that Packer has baked, and the time of its first boot beside that of a plain
// machine, which boots at the same time so that both compete for the same processors.

const release = "debian-13";
const baked = suite("a sensor from a baked image");
const test = needs(...bootTools, ...bakeTools);

let baking: Promise<BakedImage> | undefined;
const image = (): Promise<BakedImage> => {
  baking ??= bakeImage(release);
  return baking;
};

const seconds = new Map<string, number>();
const untilWell = (name: string) => async (machine: VirtualMachine) => {
  const begin = Date.now();
  await machine.start();
  await machine.waitForLogin();
  await machine.must("honeypot-status --wait --timeout 2400");
  seconds.set(name, Math.round((Date.now() - begin) / 1000));
};
const plain = sensorUnderTest(release, "nyc-vps", untilWell("plain"));
const subject = sensorUnderTest(release, "fra-vps", untilWell("baked"), image);

test(baked, "its first boot is timed beside a plain machine's", async () => {
  await image();
  const [machine, other] = await Promise.all([subject.machine(), plain.machine()]);
  const [quick, slow] = await Promise.all([stepSeconds(machine), stepSeconds(other)]);
  await plain.dispose();
  const [short = 0, long = 1] = [seconds.get("baked"), seconds.get("plain")];
  // Reported without asserting. Only the steps, because the system's own boot is the same for both.
  const share = (part: number, whole: number) => `${Math.round((100 * part) / whole)} %`;
  process.stdout.write(
    `\nfirst boot ${quick} s of ${slow} s (${share(quick, slow)}), from power-on ${short} s of ${long} s (${share(short, long)}) `,
  );
});

const probe = probesOf(baked, release, subject);
for (const probes of [firstBootProbes, captureProbes, backupProbes, rebootProbes]) probes(probe);

baked("the machines are turned off", async () => {
  await Promise.all([subject.dispose(), plain.dispose()]);
  await baking?.then(({ remove }) => remove()).catch(() => {});
});

baked.run();

/** From the first line of the first boot's log to the last, in the machine's own time. */
async function stepSeconds(machine: VirtualMachine): Promise<number> {
  const log = await machine.must("cat /var/log/honeypot_setup.log");
  const times = [...log.matchAll(/^(\d{4}-\d\d-\d\dT[\d:]+Z) run: /gm)].map(([, time = ""]) =>
    Date.parse(time),
  );
  return Math.round(((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1000);
}
