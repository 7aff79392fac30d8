import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { VirtualMachine } from "../../src/emulation/virtual-machine.ts";
import { type BakedImage, bakeImage, bakeTools } from "../support/baked-image.ts";
import {
  account,
  type DshieldRepository,
  dshieldUnderTest,
  serveDshield,
  waitForFirstBoot,
  writeDshieldSettings,
} from "../support/dshield-under-test.ts";
import { needs } from "../support/needs.ts";
import { execute } from "../support/scratch-root.ts";
import { bootTools, probesOf } from "../support/sensor-under-test.ts";
import { dshieldProbes } from "./probes/dshield.ts";

// An image is baked for sensors that install DShield, with its repository but without DShield: that comes at the first
// boot of each, since it is what makes the sensor's id, its minutes, its keys and its certificate.

const release = "debian-13";
const baked = suite("an image that Packer has baked for DShield");
const test = needs(...bootTools, ...bakeTools, "git");

let repository: DshieldRepository | undefined;
let baking: Promise<BakedImage> | undefined;
const bake = async (): Promise<{ image: BakedImage; repository: DshieldRepository }> => {
  repository ??= await serveDshield();
  const { commit, gitconfig } = repository;
  baking ??= bakeImage(release, {
    write: (folder, system) => writeDshieldSettings(folder, system, { ref: commit }),
    files: { "/etc/gitconfig": gitconfig },
    canaries: [account.email, account.apiKey],
  });
  return { image: await baking, repository };
};
const first = dshieldUnderTest(release, { baked: { name: "fra-vps", bake } });
const second = dshieldUnderTest(release, { baked: { name: "nyc-vps", bake } });

test(baked, "DShield's repository is in it, and nothing of the account", async () => {
  const { bundle, disk, qcow2, canaries, said } = (await bake()).image;
  assert.match(said, "45-clones is done");
  const words = canaries.flatMap((canary) => ["-e", canary]);
  const found = await execute("grep", ["--only-matching", "--text", "--fixed-strings", ...words, "--", disk]);
  assert.is(found.code, 1, found.stdout.slice(0, 1000));
  const { code, stdout, stderr } = await execute("bash", [join(bundle, "verify.sh"), qcow2]);
  assert.is(code, 0, stdout + stderr);
});

const probe = probesOf(baked, release, first);
probe("its clone is not fetched again, and no package is", async (machine) => {
  // Both have the same to do, at the same time.
  await Promise.all([waitForFirstBoot(machine), second.machine().then(waitForFirstBoot)]);
  const log = await machine.must("cat /var/log/honeypot_setup.log");
  assert.not.match(log, /(40-packages|45-clones) begins/);
  assert.match(log, "50-dshield is done");
});
dshieldProbes(probe, first);

test(baked, "two machines with it share no DShield id, no minute, no key and no certificate", async () => {
  const other = await second.machine();
  assert.match(await other.must("honeypot-status"), /^nyc-vps is well\n/);
  const [one, two] = [await identity(await first.machine()), await identity(other)];
  assert.is(one.length, identities.length);
  for (const [index, line] of one.entries()) {
    assert.ok(line.length > 10, identities[index]);
    assert.is.not(line, two[index], identities[index]);
  }
});

baked("the machines are turned off", async () => {
  await Promise.all([first.dispose(), second.dispose()]);
  await baking?.then(({ remove }) => remove()).catch(() => {});
  await repository?.stop();
});

baked.run();

// What a line of it each would be the same of in a copy. The minutes are drawn at random: one may be the same, not all.
const identities: readonly string[] = [
  "sed --quiet 's/^piid=//p' /srv/dshield/etc/dshield.ini",
  "cut -d' ' -f1,2 /etc/cron.d/dshield | paste --serial --delimiters=, | sed 's/^/minutes: /'",
  "sed --quiet '/PRIVATE KEY/,/END/p' /srv/web/combined_stunnel.pem | sha256sum",
  "openssl x509 -in /srv/web/combined_stunnel.pem -noout -fingerprint",
  "cat /etc/machine-id",
  "cut -d' ' -f1,2 /etc/ssh/ssh_host_ed25519_key.pub",
];

async function identity(machine: VirtualMachine): Promise<readonly string[]> {
  return (await machine.must(identities.join("\n"))).trim().split("\n");
}
