import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { VirtualMachine } from "../../src/emulation/virtual-machine.ts";
import { type BakedImage, bakeImage, bakeTools } from "../support/baked-image.ts";
import { needs } from "../support/needs.ts";
import { execute, type Outcome } from "../support/scratch-root.ts";
import { bootTools, probesOf, sensorUnderTest, sevenZipPassword } from "../support/sensor-under-test.ts";
import { accessProbes } from "./probes/access.ts";
import { firstBootProbes } from "./probes/first-boot.ts";

// Packer bakes an image from a plain Debian; two machines with a seed each become two sensors. What a sensor does after
// its first boot does not depend on the image: sensor.boot.ts tests it, and baked.boot.ts on request also here.

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

let smoke: Promise<Outcome> | undefined;
async function smokeTest(): Promise<Outcome> {
  const { bundle, qcow2, kernel } = await image();
  // The kernel is a file beside this image.
  const words = [
    "-kernel",
    kernel.image,
    "-initrd",
    kernel.initrd,
    "-append",
    "root=LABEL=root ro console=ttyS0 net.ifnames=0",
  ];
  const environment = { ...process.env, ACCELERATOR: "tcg" };
  return execute("bash", [join(bundle, "ci/smoke.sh"), qcow2, "amd64", ...words], environment, 1800);
}

const untilWell = async (machine: VirtualMachine) => {
  await machine.start();
  await machine.waitForLogin();
  await machine.must("honeypot-status --wait --timeout 2400");
};
const first = sensorUnderTest(release, "fra-vps", untilWell, image);
const second = sensorUnderTest(release, "nyc-vps", untilWell, image);

test(baked, "its first boot installs and downloads nothing", async () => {
  await image();
  const machine = await first.machine();
  // One after the other beside the probes, which leave them enough time. The tests below report their failures.
  smoke = smokeTest();
  smoke.then(second.machine).catch(() => {});
  const log = await machine.must("cat /var/log/honeypot_setup.log");
  assert.not.match(log, /10-directories begins[\s\S]*40-packages begins/);
  assert.match(log, "60-services is done");
  assert.is(await machine.must("find /var/cache/apt/archives -name '*.deb'"), "");
  assert.not.match(await machine.must("cat /var/log/dpkg.log 2>/dev/null || true"), / install /);
});

const probe = probesOf(baked, release, first);
for (const probes of [firstBootProbes, accessProbes]) probes(probe);

test(baked, "two machines with it are two sensors", async () => {
  const [one, two] = [await identity(await first.machine()), await identity(await second.machine())];
  assert.is(one.length, two.length);
  for (const [index, line] of one.entries()) assert.is.not(line, two[index]);
});

test(baked, "smoke.sh, as the workflow runs it, boots it without a sensor's seed", async () => {
  const { code, stdout, stderr } = await (smoke ?? smokeTest());
  assert.is(code, 0, stderr);
  assert.match(stdout, /: boots\n$/);
});

baked("the machines are turned off", async () => {
  await Promise.all([first.dispose(), second.dispose()]);
  await baking?.then(({ remove }) => remove()).catch(() => {});
});

baked.run();

/** Everything that must be unique to a machine, one per line. */
async function identity(machine: VirtualMachine): Promise<readonly string[]> {
  const said = await machine.must(`hostname; cat /etc/machine-id; cat /var/lib/cloud/data/instance-id
    for key in /etc/ssh/ssh_host_*_key.pub; do cut -d' ' -f1,2 "$key"; done
    sha256sum </var/lib/systemd/random-seed`);
  return said.trim().split("\n");
}
