import { existsSync } from "node:fs";
import { rm } from "node:fs/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import { execute, makeScratchRoot, type ScratchRoot } from "../support/scratch-root.ts";

// The objects that cloud-init itself pickles.

const scrub = suite("cloud-init's copies of the seed");
const test = needs("cloud-init", "python3");
const script = "opt/honeypot/scripts/scrub-seed.sh";
const folder = "var/lib/cloud/instances/fra-vps-1";
const left = '#cloud-config\n{"preserve_hostname": true}\n';
const canary = "canary-of-the-seed";

test(scrub, "no copy of cloud-init's holds a secret, and it still knows the machine", () =>
  withSeed(async (root) => {
    assert.is(
      (
        await execute("grep", ["-rlc", canary, root.path("var/lib/cloud"), root.path("run/cloud-init")])
      ).stdout.split("\n").length - 1,
      6,
    );
    const archives = ["payload.tar.gz", "payload.tar.lzma.b85", "programs.tar.gz", "programs.tar.lzma.b85"];
    const paths = await Promise.all(archives.map((name) => root.write(`var/lib/honeypot/${name}`, canary)));
    const { code, stderr } = await root.run(script);
    assert.is(code, 0, stderr);
    assert.match(stderr, /^\S+ egress: loaded\n$/);
    for (const path of paths) assert.not.ok(existsSync(path), path);
    assert.is(
      (await execute("grep", ["-rl", canary, root.path("var/lib/cloud"), root.path("run/cloud-init")]))
        .stdout,
      "",
    );
    const known =
      "import pickle,sys; d=pickle.load(open(sys.argv[1],'rb')); print(d.get_instance_id(), d.get_userdata_raw(), d.userdata)";
    assert.is((await python(root, known)).stdout, `fra-vps-1 ${left.trimEnd()} None\n`);
    assert.match((await execute("stat", ["--format=%a", root.path(`${folder}/obj.pkl`)])).stdout, "600");
    assert.is(await root.read(`${folder}/user-data.txt`), left);
    assert.is(await root.read(`${folder}/vendor-data.txt`), "theirs\n");
  }),
);

test(scrub, "until the files are on the disk nothing is touched: after a power cut they are laid again", () =>
  withSeed(async (root) => {
    await rm(root.path("var/lib/honeypot/state/first-boot/payload.done"));
    await root.write("var/lib/honeypot/payload.tar.gz", canary);
    assert.is((await root.run(script)).code, 0);
    assert.match(await root.read(`${folder}/user-data.txt`), canary);
    assert.is(await root.read("var/lib/honeypot/payload.tar.gz"), canary);
    await root.write("var/lib/honeypot/state/first-boot/payload.done", "");
    assert.is((await root.run(script)).code, 0);
    assert.not.match(await root.read(`${folder}/user-data.txt`), canary);
  }),
);

test(scrub, "an object that cannot be read stays, and the rest is scrubbed", () =>
  withSeed(async (root) => {
    await root.write(`${folder}/obj.pkl`, "");
    const { code, stderr } = await root.run(script);
    assert.is(code, 0);
    assert.match(stderr, "obj.pkl is left unchanged");
    assert.not.match(await root.read(`${folder}/user-data.txt`), canary);
  }),
);

test(scrub, "two at a time, as when cloud-init ends while the first boot begins, do the same", () =>
  withSeed(async (root) => {
    const ends = await Promise.all([root.run(script), root.run(script)]);
    for (const { code, stderr } of ends) assert.match(`${code} ${stderr}`, /^0 (\S+ egress: loaded\n)?$/);
    assert.is(await root.read(`${folder}/user-data.txt`), left);
  }),
);

scrub.run();

async function withSeed(body: (root: ScratchRoot) => Promise<void>): Promise<void> {
  const root = await makeScratchRoot();
  try {
    await root.write("var/lib/honeypot/state/first-boot/payload.done", "");
    for (const name of ["user-data.txt", "user-data.txt.i", "cloud-config.txt"])
      await root.write(`${folder}/${name}`, `#cloud-config\n${canary}\n`, { mode: 0o600 });
    await root.write(`${folder}/vendor-data.txt`, "theirs\n");
    for (const name of ["instance-data-sensitive", "combined-cloud-config"])
      await root.write(`run/cloud-init/${name}.json`, `{"x":"${canary}"}\n`, { mode: 0o600 });
    await root.stub("nft", "if [[ $1 == --file ]]; then cat >/dev/null; fi");
    // The tests' python3 may differ from the system's, which cloud-init uses.
    await root.stub("python3", 'exec /usr/bin/python3 "$@"');
    const make = `import pickle,sys
from cloudinit import helpers
from cloudinit.sources.DataSourceDigitalOcean import DataSourceDigitalOcean
d=DataSourceDigitalOcean({"write_files":[{"content":"${canary}"}]}, None, helpers.Paths({}))
d.metadata={"instance-id":"fra-vps-1"}
d.metadata_full={"user_data":"${canary}","region":"x"}
d.userdata_raw="${canary}"
d.userdata="${canary}"
pickle.dump(d,open(sys.argv[1],"wb"))`;
    await root.write(`${folder}/obj.pkl`, "", { mode: 0o600 });
    const made = await python(root, make);
    assert.is(made.code, 0, made.stderr);
    await body(root);
  } finally {
    await root.remove();
  }
}

function python(root: ScratchRoot, program: string) {
  return execute("/usr/bin/python3", ["-I", "-c", program, root.path(`${folder}/obj.pkl`)]);
}
