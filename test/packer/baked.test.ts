import { chmod, cp, mkdtemp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type Machine, machineTools, startMachine } from "../support/machine.ts";
import { needs } from "../support/needs.ts";
import { makeScratchRoot, type Outcome, type ScratchRoot } from "../support/scratch-root.ts";
import { sensorbake } from "../support/sensorbake.ts";

// How an image uses a seed, in a scratch root, and the bake itself, in a disposable machine.

const test = suite("packer/baked");
const stamps = "var/lib/honeypot/state/first-boot";

test("an image that matches the seed starts the first boot without the baked steps", () =>
  withImage(async (image, complete) => {
    assert.is((await complete(["1  /a"])).code, 0);
    assert.equal(await stampsOf(image), ["40-packages.done", "45-clones.done"]);
  }));

test("refuses an image whose file differs from the one that the seed expects, and names the file and both versions", () =>
  withImage(async (image, complete) => {
    const { code, stderr } = await complete(["3  /opt/honeypot/scripts/backup.sh"]);
    assert.is(code, 1);
    const said =
      "the image, baked by sensorbake 0.1.0, has a different /opt/honeypot/scripts/backup.sh than the seed, made by sensorbake 0.2.0";
    assert.match(stderr, said);
    assert.match(
      await image.read("var/lib/honeypot/state/first-boot.last"),
      / failed .*bake the image again with the seed's version of sensorbake, or build the seed without --seed-only\n$/,
    );
  }));

test("removes only the files that other sensors need", () =>
  withImage(async (image, complete) => {
    for (const file of ["a", "b", "c"]) await image.write(file, "");
    assert.is((await complete(["1  /a"])).code, 0);
    assert.equal(
      [await image.exists("a"), await image.exists("b"), await image.exists("c")],
      [true, false, true],
    );
  }));

test("the first boot installs a package that the image lacks", () =>
  withImage(async (image, complete) => {
    await image.configure({ PACKAGES: "tcpdump age" });
    assert.is((await complete(["1  /a"])).code, 0);
    assert.equal(await stampsOf(image), []);
  }));

test("skips the comparison after the first boot has started, and with a seed that contains every file", () =>
  withImage(async (image, complete) => {
    assert.is((await complete(undefined)).code, 0);
    await image.write(`${stamps}/payload.done`, "");
    assert.is((await complete(["3  /x"])).code, 0);
    assert.is((await stampsOf(image)).length, 4);
  }));

needs(...machineTools, "systemd-sysusers", "systemd-tmpfiles")(
  test,
  "provision.sh installs the files with their modes, bakes, and leaves no trace of a first boot",
  () =>
    withBundle(async (machine) => {
      // The machine mounts the clone here if it is below /tmp.
      const before = await machine.must("mkdir -p /tmp && ls -A /tmp");
      await machine.must("cp -r /bundle/payload /tmp/");
      // Its package enables it, and it would answer everybody on sensors without metrics.
      await machine.write("/usr/bin/prometheus-node-exporter", "", "0755");
      const exporter = "prometheus-node-exporter.service";
      await machine.write(`/lib/systemd/system/${exporter}`, "[Install]\nWantedBy=multi-user.target\n");
      await machine.must(`systemctl enable ${exporter}`);
      const said = await machine.must("bash /bundle/provision.sh 2>&1");
      assert.match(said, /10-directories is done[\s\S]*40-packages is done/);
      assert.not.match(said, "20-admin");
      assert.is((await machine.run(`systemctl is-enabled ${exporter}`)).stdout, "disabled\n");
      const modes = "stat -c '%a %U %n' /opt/honeypot/first-boot/run /usr/local/bin/honeypot-status";
      assert.is(
        await machine.must(modes),
        "700 root /opt/honeypot/first-boot/run\n755 root /usr/local/bin/honeypot-status\n",
      );
      assert.is(
        await machine.must("cd /var/lib/honeypot/state; find . -type f | sort"),
        "./first-boot/10-directories.done\n./first-boot/40-packages.done\n",
      );
      const after = await machine.must("ls -A /tmp; find /usr/sbin/policy-rc.d 2>/dev/null || true");
      assert.is(after, before);
      // The seed then runs only the steps that the bake did not run.
      await machine.must(
        "cd /opt/honeypot/first-boot; for step in [2-9]*.sh; do [[ $step == 4* ]] || echo '#!/bin/sh' >$step; done",
      );
      const boot = await machine.must("/opt/honeypot/first-boot/run 2>&1");
      assert.not.match(boot, /10-directories begins|40-packages begins/);
      assert.match(boot, "all steps are done");
    }),
);

test.run();

/** The root of an image with the files `a` and `b`; `complete` runs baked.sh with a seed that expects them. */
async function withImage(
  body: (image: ScratchRoot, complete: (wanted?: readonly string[]) => Promise<Outcome>) => Promise<void>,
): Promise<void> {
  const image = await makeScratchRoot({ PACKAGES: "tcpdump zip" });
  try {
    const script = "opt/honeypot/scripts/baked.sh";
    await cp(join("packer/payload/tree", script), image.path(script));
    await chmod(image.path(script), 0o700);
    await image.write("etc/honeypot/baked.sha256", "1  /a\n2  /b\n");
    await image.write("etc/honeypot/baked.words", "tcpdump\nunzip\nzip\n");
    await image.write("etc/honeypot/baked.json", '{\n  "sensorbake": "0.1.0",\n  "os": "debian-13"\n}\n');
    await image.write("etc/honeypot/build.json", '{\n  "sensor": "x",\n  "sensorbake": "0.2.0"\n}\n');
    for (const name of ["10-directories", "40-packages", "45-clones"])
      await image.write(`${stamps}/${name}.done`, "");
    await body(image, async (wanted) => {
      if (wanted !== undefined) await image.write("etc/honeypot/wanted.sha256", `${wanted.join("\n")}\n`);
      return image.run(script);
    });
  } finally {
    await image.remove();
  }
}

async function stampsOf(image: ScratchRoot): Promise<readonly string[]> {
  return (await readdir(image.path(stamps))).sort();
}

/** A machine that has all packages already, with the bundle of the smallest example in `/bundle`. */
async function withBundle(body: (machine: Machine) => Promise<void>): Promise<void> {
  // Not in /tmp, which the machine replaces with its own folder.
  const folder = await mkdtemp("/var/tmp/sensorbake-bundle-");
  const machine = await startMachine();
  try {
    const made = await sensorbake(["packer", "examples/minimal.yaml", "-o", join(folder, "bundle")]);
    assert.is(made.code, 0, made.stderr);
    await machine.must(`cp -r '${folder}/bundle' /bundle; rm -rf /var/lib/honeypot /opt/honeypot`);
    await machine.write("/usr/local/bin/dpkg-query", "#!/bin/sh\nprintf installed\n", "0755");
    await body(machine);
  } finally {
    await machine.stop();
    await rm(folder, { recursive: true });
  }
}
