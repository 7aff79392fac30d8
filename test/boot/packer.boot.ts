import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type BakedImage, bakeImage, bakeTools } from "../support/baked-image.ts";
import { needs } from "../support/needs.ts";
import { execute } from "../support/scratch-root.ts";
import {
  bootTools,
  probesOf,
  type SensorName,
  sensorUnderTest,
  sevenZipPassword,
} from "../support/sensor-under-test.ts";
import type { UnderTest } from "../support/under-test.ts";
import type { VirtualMachine } from "../support/virtual-machine.ts";
import { accessProbes } from "./probes/access.ts";
import { captureProbes } from "./probes/capture.ts";
import { firstBootProbes } from "./probes/first-boot.ts";

// Packer bakes an image from a plain Debian; two machines with a seed each become two sensors. The first of them boots
// beside a plain machine that has everything to do, so that both are measured on an equally busy machine.

const release = "debian-13";
const baked = suite("an image that Packer has baked");
const test = needs(...bootTools, ...bakeTools);

let baking: Promise<BakedImage> | undefined;
const image = (): Promise<BakedImage> => {
  baking ??= bakeImage(release);
  return baking;
};

test(baked, "Debian's Packer bakes it", async () => {
  const { said, seconds } = await image();
  process.stdout.write(`\n${seconds} s to bake `);
  assert.match(said, "40-packages is done");
  assert.not.match(said, /20-admin|60-services/);
});

test(baked, "no secret, no name and no key is in its bytes", async () => {
  const { disk, canaries } = await image();
  const words = [...canaries, sevenZipPassword].flatMap((canary) => ["-e", canary]);
  const options = ["--only-matching", "--text", "--fixed-strings"];
  const { code, stdout } = await execute("grep", [...options, ...words, "--", disk]);
  assert.is(code, 1, stdout.slice(0, 1000));
});

test(baked, "verify.sh finds nothing in it", async () => {
  const { bundle, qcow2 } = await image();
  const { code, stdout, stderr } = await execute("bash", [join(bundle, "verify.sh"), qcow2]);
  assert.is(code, 0, stdout + stderr);
});

const seconds = new Map<string, number>();
const untilWell = (name: string) => async (machine: VirtualMachine) => {
  const begin = Date.now();
  await machine.start();
  await machine.waitForLogin();
  await machine.must("honeypot-status --wait --timeout 2400");
  seconds.set(name, Math.round((Date.now() - begin) / 1000));
};
const plain = sensorUnderTest(release, "nyc-vps", untilWell("plain"));
const onImage = (name: SensorName): UnderTest => {
  let subject: UnderTest | undefined;
  return {
    machine: () => {
      subject ??= sensorUnderTest(release, name, untilWell(name), image());
      return subject.machine();
    },
    dispose: async () => subject?.dispose(),
  };
};
const first = onImage("fra-vps");
const second = onImage("nyc-vps");

test(
  baked,
  "its first boot takes a part of the time that a plain machine takes, and fetches nothing",
  async () => {
    await image();
    const [machine, other] = await Promise.all([first.machine(), plain.machine()]);
    const [quick, slow] = await Promise.all([stepSeconds(machine), stepSeconds(other)]);
    await plain.dispose();
    const [short = 0, long = 1] = [seconds.get("fra-vps"), seconds.get("plain")];
    const share = (part: number, whole: number) => `${Math.round((100 * part) / whole)} %`;
    process.stdout.write(
      `\nfirst boot ${quick} s of ${slow} s (${share(quick, slow)}), from power-on ${short} s of ${long} s (${share(short, long)}) `,
    );
    // The goal is a third; on a busy machine what both have to do takes a larger share.
    assert.ok(quick < slow);
    const log = await machine.must("cat /var/log/honeypot_setup.log");
    assert.not.match(log, /10-directories begins[\s\S]*40-packages begins/);
    assert.match(log, "60-services is done");
    assert.is(await machine.must("find /var/cache/apt/archives -name '*.deb'"), "");
    assert.not.match(await machine.must("cat /var/log/dpkg.log 2>/dev/null || true"), / install /);
  },
);

test(baked, "two machines with it are two sensors", async () => {
  const [one, two] = [await identity(await first.machine()), await identity(await second.machine())];
  assert.is(one.length, two.length);
  for (const [index, line] of one.entries()) assert.is.not(line, two[index]);
});

const probe = probesOf(baked, release, first);
for (const probes of [firstBootProbes, accessProbes, captureProbes]) probes(probe);

baked("the machines are turned off", async () => {
  await Promise.all([first.dispose(), second.dispose(), plain.dispose()]);
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

/** What no two machines may share, a line each. */
async function identity(machine: VirtualMachine): Promise<readonly string[]> {
  const said = await machine.must(`hostname; cat /etc/machine-id; cat /var/lib/cloud/data/instance-id
    for key in /etc/ssh/ssh_host_*_key.pub; do cut -d' ' -f1,2 "$key"; done
    sha256sum </var/lib/systemd/random-seed`);
  return said.trim().split("\n");
}
