import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { checkMachine } from "../../src/packer/check-machine.ts";
import { needs } from "../support/needs.ts";
import { type Ended, sensorbake } from "../support/sensorbake.ts";

// The checks of `sensorbake packer --build` before Packer starts, and how it interprets Packer's output.

const test = suite("packer/build");
let folder: string;
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), "sensorbake-build-"));
  mkdirSync(join(folder, "bin"));
});
test.after.each(() => rmSync(folder, { recursive: true }));

const everything = ["qemu-system-x86_64", "qemu-img", "ssh-keygen", "xorriso"];
const machines: readonly (readonly [
  name: string,
  lacks: readonly string[],
  wish: readonly [build: string, accelerator: string],
  message: string | undefined,
])[] = [
  ["all that is needed", [], ["qemu.amd64", "kvm"], undefined],
  ["no KVM", ["/dev/kvm"], ["qemu.amd64", "kvm"], "/dev/kvm is not usable"],
  ["no KVM, and none is asked for", ["/dev/kvm"], ["qemu.amd64", "tcg"], undefined],
  ["no emulator of arm64", [], ["qemu.arm64", "tcg"], "qemu-system-aarch64 is not installed"],
  ["no qemu-img", ["qemu-img"], ["qemu.amd64", "kvm"], "qemu-img is not installed"],
  ["nothing to make a CD with", ["xorriso"], ["qemu.amd64", "kvm"], "none of xorriso, mkisofs"],
  ["not root, for a Pi", [], ["arm-image.pi", "kvm"], "arm-image mounts the image"],
  ["no emulator, for a cloud", everything, ["hcloud.sensor", "kvm"], undefined],
];
for (const [name, lacks, [build, accelerator], message] of machines)
  test(`a machine with ${name} is ${message === undefined ? "fine" : "refused"}`, async () => {
    const has = (thing: string) => [...everything, "/dev/kvm"].includes(thing) && !lacks.includes(thing);
    const machine = {
      hasTool: async (tool: string) => has(tool),
      canUse: async (device: string) => has(device),
      isRoot: false,
    };
    const problem = await checkMachine({ build, accelerator }, machine).then(
      () => undefined,
      (error: Error) => error.message,
    );
    if (message === undefined) assert.is(problem, undefined);
    else assert.match(problem ?? "", message);
  });

test("without Packer it says so", async () => {
  const { code, stderr } = await build("", ["hcloud"], { PATH: join(folder, "bin") });
  assert.is(code, 3);
  assert.match(stderr, /^sensorbake: packer is not installed\n.*Debian's package packer/m);
});

test("another program named packer is not taken for it", async () => {
  const { code, stderr } = await build("echo 4 words", ["hcloud"]);
  assert.is(code, 3);
  assert.match(stderr, "`packer version` prints no version");
});

test("a Packer that cannot install a plugin from a file is refused", async () => {
  const { code, stderr } = await build('echo "Packer v1.10.3"; exit', ["hcloud"], undefined, "");
  assert.is(code, 3);
  assert.match(stderr, /this is Packer 1\.10\n.*1\.11 or later/);
});

test("a build without an artifact is a failure, although Packer exits with 0", async () => {
  const { code, stderr } = await build("exit 0", ["hcloud"]);
  assert.is(code, 3);
  assert.match(stderr, "Packer built nothing and reported no error");
});

test("ignores the manifest of an earlier build", async () => {
  mkdirSync(join(folder, "images"));
  writeFileSync(join(folder, "images/manifest.json"), manifest);
  assert.is((await build("exit 0", ["hcloud"])).code, 3);
});

test("prints the image's id, passes on Packer's output with the time, and prefers the user's file", async () => {
  const mine = join(folder, "mine.json");
  writeFileSync(mine, '{"hcloud_location": "fsn1"}');
  const says = `echo "$@" >>"${folder}/asked"; [[ $1 != build ]] || { echo "==> hcloud.sensor: working"; mkdir -p "${folder}/images"; printf '%s' '${manifest}' >"${folder}/images/manifest.json"; }`;
  const { code, stdout, stderr } = await build(says, ["hcloud", "--var-file", mine]);
  assert.is(code, 0, stderr);
  assert.is(stdout.toString(), "12345\n");
  assert.match(stderr, /^ {2}0:0\d ==> hcloud\.sensor: working$/m);
  const asked = readFileSync(join(folder, "asked"), "utf8").trim().split("\n");
  assert.equal(
    asked.map((line) => line.split(" ")[0]),
    ["validate", "build"],
  );
  assert.ok(asked[1]?.includes(`-only=hcloud.sensor -var-file=${mine} -var=output=${folder}/images `));
});

test("the message is Packer's reason", async () => {
  const says =
    '[[ $1 != validate ]] || { echo "Error: 1 error(s) occurred:"; echo "* token for auth must be specified"; exit 1; }';
  const { code, stderr } = await build(says, ["hcloud"]);
  assert.is(code, 3);
  assert.match(stderr, "sensorbake: packer validate failed: token for auth must be specified\n");
});

test("refuses two braces in a variable file by name, and a file that is not JSON", async () => {
  const mine = join(folder, "mine.json");
  writeFileSync(mine, '{"image_name": "a {{ .Vars }}"}');
  const braces = await build("exit 0", ["hcloud", "--var-file", mine]);
  assert.is(braces.code, 3);
  assert.match(braces.stderr, "the value of image_name contains {{");
  writeFileSync(mine, 'image_name = "a"');
  assert.match((await build("exit 0", ["hcloud", "--var-file", mine])).stderr, "is not a JSON object");
});

test("an unknown source or build is wrong usage", async () => {
  assert.is((await build("exit 0", ["beos"])).code, 2);
  assert.is((await build("exit 0", ["qemu.sparc"])).code, 2);
  assert.is((await build("exit 0", ["arm-image"])).code, 2);
});

needs("packer")(test, "amazon-ebs wants a newer Packer than Debian's", async () => {
  const { code, stderr } = await build(undefined, ["amazon-ebs"]);
  assert.is(code, 3);
  assert.match(stderr, "amazon-ebs needs a newer Packer");
});

test.run();

const manifest =
  '{"builds": [{"name": "sensor", "builder_type": "hcloud", "artifact_id": "12345", "files": null}]}';

/** Runs the command with a stand-in for Packer that reports version 1.11 and then runs `says`. */
function build(
  says: string | undefined,
  words: readonly string[],
  env: Readonly<Record<string, string>> = { PATH: `${join(folder, "bin")}:${process.env.PATH}` },
  head?: string,
): Promise<Ended> {
  if (says !== undefined && says !== "") {
    const version = says.startsWith("echo 4")
      ? ""
      : `if [[ $1 == version ]]; then echo "Packer v1.11.2"; exit; fi
         if [[ "$*" == "plugins installed" ]]; then echo "/x/github.com/hetznercloud/hcloud/packer-plugin-hcloud_v1.7.2_x5.0_linux_${process.arch === "x64" ? "amd64" : "arm64"}"; exit; fi\n`;
    writeFileSync(join(folder, "bin/packer"), `#!/bin/bash\n${head ?? version}${says}\n`);
    chmodSync(join(folder, "bin/packer"), 0o755);
  }
  const bundle = join(folder, "bundle");
  return sensorbake(
    [
      ...["packer", "examples/minimal.yaml", "-o", bundle, "--images", join(folder, "images")],
      ...["--build", ...words],
    ],
    { env },
  );
}
