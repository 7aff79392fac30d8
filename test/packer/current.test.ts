import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import { execute, type Outcome } from "../support/scratch-root.ts";
import { sensorbake } from "../support/sensorbake.ts";

// A current Packer with its QEMU plugin, which test/packer/go/build.sh builds from source, reads the bundle too.
// It checks only the format and syntax of the other sources, because it cannot fetch their plugins here.

const test = suite("packer/current");
const programs = resolve(".cache/packer-current");
const isBuilt = existsSync(join(programs, "packer"));
const packer = isBuilt ? needs("ssh-keygen") : needs("a current packer (test/packer/go/build.sh)");
let folder: string;
let bundle: string;
test.before(async () => {
  folder = mkdtempSync(join(tmpdir(), "sensorbake-current-"));
  bundle = join(folder, "bundle");
  const made = await sensorbake(["packer", "examples/minimal.yaml", "-o", bundle]);
  assert.is(made.code, 0, made.stderr);
});
test.after(() => rmSync(folder, { recursive: true }));

const sources = [
  ...["amazon-ebs", "azure-arm", "digitalocean", "googlecompute", "hcloud", "proxmox-clone", "qemu"],
];

packer(test, "it finds nothing to format, and no mistake of syntax", async () => {
  const { code, stdout } = await asked("fmt", "-check", "-diff", "-recursive", bundle);
  assert.is(code, 0, stdout);
  for (const source of sources) {
    const { code, stdout, stderr } = await asked("validate", "-syntax-only", join(bundle, source));
    assert.is(code, 0, stdout + stderr);
  }
});

packer(test, "a plugin that is not there is named before anything is started", async () => {
  const { code, stdout, stderr } = await asked("validate", join(bundle, "hcloud"));
  assert.is(code, 1);
  assert.match(stdout + stderr, "github.com/hetznercloud/hcloud");
});

packer(test, "with the plugin the QEMU folder is valid, and init fetches nothing", async () => {
  await installed();
  const output = join(folder, "images");
  assert.is((await execute("bash", [join(bundle, "prepare.sh"), output])).code, 0);
  const init = await asked("init", join(bundle, "qemu"));
  assert.is(init.code, 0, init.stdout + init.stderr);
  for (const only of ["qemu.amd64", "qemu.arm64"]) {
    const judge = (more: object) =>
      asked("validate", `-only=${only}`, variables(output, more), join(bundle, "qemu"));
    const { code, stdout, stderr } = await judge({});
    assert.is(code, 0, stdout + stderr);
    const name = `base_url_${only.slice("qemu.".length)}`;
    const faulty = await judge({ [name]: "" });
    assert.is(faulty.code, 1, `${only} was not looked at`);
    assert.match(faulty.stdout + faulty.stderr, "iso_url");
  }
});

needs(...(isBuilt ? ["qemu-system-x86_64", "qemu-img", "xorriso"] : ["a current packer"]))(
  test,
  "sensorbake packer --build works with a current Packer up to the download of the base image",
  async () => {
    await installed();
    const mine = join(folder, "mine.json");
    writeFileSync(join(folder, "base.img"), "not what was promised");
    writeFileSync(mine, JSON.stringify({ ...bases, base_url_amd64: join(folder, "base.img") }));
    const words = ["--build", "qemu.amd64", "--accelerator", "tcg", "--var-file", mine];
    const { code, stderr } = await sensorbake(
      [...["packer", "examples/minimal.yaml", "-o", bundle, "--images", join(folder, "images"), ...words]],
      { env: environment() },
    );
    assert.is(code, 3, stderr);
    assert.match(stderr, /sensorbake: packer build failed: .*checksum/i);
    assert.not.match(stderr, "Starting VM");
  },
);

async function installed(): Promise<void> {
  const plugin = join(programs, "packer-plugin-qemu");
  const { code, stderr } = await asked("plugins", "install", "--path", plugin, "github.com/hashicorp/qemu");
  assert.is(code, 0, stderr);
}

function variables(output: string, more: object): string {
  const file = join(folder, "variables.pkrvars.json");
  writeFileSync(file, JSON.stringify({ ...bases, output, accelerator: "tcg", ...more }));
  return `-var-file=${file}`;
}

const nothing = "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
const bases = { base_checksum_amd64: nothing, base_checksum_arm64: nothing };

function environment(): Readonly<Record<string, string>> {
  const plugins = join(folder, "plugins");
  mkdirSync(plugins, { recursive: true });
  return {
    PATH: `${programs}:${process.env.PATH}`,
    HOME: folder,
    PACKER_PLUGIN_PATH: plugins,
    PACKER_CACHE_DIR: join(folder, "cache"),
    CHECKPOINT_DISABLE: "1",
  };
}

function asked(...words: readonly string[]): Promise<Outcome> {
  return execute("packer", words, environment());
}

test.run();
