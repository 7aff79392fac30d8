import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { packageRoot } from "../../src/load/read-release.ts";
import { needs } from "../support/needs.ts";
import { bootFile, bootTree, imageTools, makePiImage } from "../support/pi-image.ts";
import { sensorbake } from "../support/sensorbake.ts";

// The Pis of examples/pi.yaml, from settings to the boot partition of an image.

const test = suite("cli/pi");
const withTools = needs(...imageTools);
const settings = join(packageRoot(), "examples/pi.yaml");
const env = { WIFI_PSK: "correct horse" };

let folder = "";
test.before(async () => {
  folder = mkdtempSync(join(tmpdir(), "cli-pi-"));
  const { code, stderr } = await sensorbake(["build", settings, "-o", join(folder, "out")], { env });
  assert.is(code, 0, stderr);
});
test.after(() => rmSync(folder, { recursive: true }));

const image = (base: string, sensor: string, output: string) =>
  sensorbake(["image", base, "-o", output, "--settings", settings, "--sensor", sensor], { env });

const sensors = [
  ["attic-pi", "raspios-13", ["user-data", "meta-data", "network-config"]],
  ["garden-pi", "raspios-12", ["firstrun.sh", "honeypot-unpack.sh", "honeypot.tar.gz"]],
  ["school-pi", "ubuntu", ["user-data", "meta-data", "network-config"]],
] as const;

for (const [name, kind, files] of sensors) {
  withTools(test, `${name}: an image of ${kind} gets what build wrote, and keeps all else`, async () => {
    const base = makePiImage(join(folder, `${kind}.img`), { kind, files: 20 });
    const output = join(folder, `${name}.img`);
    const { code, stderr } = await image(base.path, name, output);
    assert.is(code, 0, stderr);
    const made = { ...base, path: output };
    for (const file of [...files, "SENSOR-README.txt"])
      assert.is(bootFile(made, file).compare(readFileSync(join(folder, "out", name, file))), 0, file);
    const [line, more] = bootFile(made, "cmdline.txt").toString().split("\n");
    const readme = readFileSync(join(folder, "out", name, "README.txt"), "utf8");
    const words = /cmdline\.txt:\n +(.+)\n/.exec(readme)?.[1] ?? "no words";
    assert.is(line, `${bootFile(base, "cmdline.txt").toString().trim()} ${words}`);
    assert.is(more, "");
    const own = new Set<string>([...files, "SENSOR-README.txt", "cmdline.txt"]);
    const after = bootTree(made);
    for (const [path, content] of bootTree(base))
      if (!own.has(path)) assert.is(after.get(path)?.compare(content), 0, path);
  });

  withTools(test, `${name}: an image of another kind is refused`, async () => {
    const other = kind === "ubuntu" ? "raspios-13" : "ubuntu";
    const base = makePiImage(join(folder, "other.img"), { kind: other, files: 5 });
    const { code, stderr } = await image(base.path, name, join(folder, "never.img"));
    assert.is(code, 3);
    assert.match(stderr, /the image is .*, and the settings want .*\n/);
  });
}

test("asks which sensor is meant before it asks for a secret", async () => {
  const { code, stderr } = await sensorbake(["image", "x.img", "-o", "y.img", "--settings", settings]);
  assert.is(code, 2, stderr);
  assert.match(stderr, /has 5 sensors with target: pi\n.*--sensor \(cellar-pi, .*, or --all/);
});

needs(...imageTools, "root", "setpriv")(
  test,
  "makes an image without privileges, so without mounting it",
  async () => {
    const base = makePiImage(join(folder, "plain.img"), { kind: "raspios-13", files: 5 });
    const output = join(folder, "unprivileged.img");
    const given = ["image", base.path, "-o", output, "--settings", settings, "--sensor", "attic-pi"];
    const words = [process.execPath, join(packageRoot(), "dist/sensorbake.js"), ...given];
    execFileSync("setpriv", ["--bounding-set=-all", "--inh-caps=-all", ...words], {
      env: { ...process.env, ...env },
      stdio: "ignore",
    });
    assert.ok(bootFile({ ...base, path: output }, "user-data").length > 0);
  },
);

withTools(test, "changes an uncompressed image in place, and refuses a compressed one", async () => {
  const base = makePiImage(join(folder, "own.img"), { kind: "raspios-13", files: 5 });
  const words = ["--in-place", "--settings", settings, "--sensor", "attic-pi"];
  const changed = await sensorbake(["image", base.path, ...words], { env });
  assert.is(changed.code, 0, changed.stderr);
  assert.match(bootFile(base, "meta-data").toString(), /^instance-id: "?attic-pi-/m);
  assert.not(existsSync(`${base.path}.sha256`));
  writeFileSync(`${base.path}.sha256`, `${"0".repeat(64)}  own.img\n`);
  const same = await sensorbake(["image", base.path, ...words], { env });
  assert.match(same.stderr, /own\.img was already up to date/);
  const other = await sensorbake(["image", base.path, ...words.slice(0, -1), "cellar-pi"], { env });
  assert.is(other.code, 0, other.stderr);
  execFileSync("sha256sum", ["--check", "--status", "own.img.sha256"], { cwd: folder });
  execFileSync("gzip", ["-1", base.path]);
  const before = readFileSync(`${base.path}.gz`);
  const packed = await sensorbake(["image", `${base.path}.gz`, ...words], { env });
  assert.is(packed.code, 2, packed.stderr);
  assert.match(
    packed.stderr,
    /own\.img\.gz is compressed \(gz\), but --in-place changes only uncompressed images/,
  );
  assert.is(readFileSync(`${base.path}.gz`).compare(before), 0);
});

needs(
  ...imageTools,
  "xz",
  "mount",
  "root",
)(test, "reports a full disk with its path, and leaves nothing on it", async () => {
  const base = makePiImage(join(folder, "large.img"), { kind: "raspios-13", files: 5 });
  // Incompressible data after everything else.
  appendFileSync(base.path, randomBytes(8 << 20));
  execFileSync("xz", ["-0", "--keep", base.path]);
  const full = join(folder, "full");
  mkdirSync(full);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=4m", "tmpfs", full]);
  try {
    for (const [from, ...words] of [
      ["large.img", "-o", join(full, "a.img"), "--sensor", "attic-pi"],
      ["large.img.xz", "-o", join(full, "a.img"), "--sensor", "attic-pi"],
      ["large.img.xz", "-o", join(full, "a.img.gz"), "--sensor", "attic-pi"],
      ["large.img.xz", "-o", full, "--all"],
    ] as const) {
      const given = ["image", join(folder, from), ...words, "--settings", settings];
      const { code, stderr } = await sensorbake(given, { env });
      assert.is(code, 3, stderr);
      assert.match(
        stderr,
        /^sensorbake: no space left on the disk: .*\/full\/(attic-pi|cellar-pi|a\.img)/m,
        words.join(" "),
      );
      assert.equal(readdirSync(full), []);
    }
  } finally {
    execFileSync("umount", [full]);
  }
});

test("user-data prints the seed of a Pi with cloud-init, and reports a Pi without one", async () => {
  const print = (name: string) => sensorbake(["user-data", settings, "--sensor", name], { env });
  const { code, stdout } = await print("attic-pi");
  assert.is(code, 0);
  assert.is(stdout.compare(readFileSync(join(folder, "out/attic-pi/user-data"))), 0);
  const none = await print("garden-pi");
  assert.is(none.code, 2);
  assert.is(none.stdout.length, 0);
  assert.match(none.stderr, /garden-pi has no user-data: raspios-12 reads files on the boot partition/);
});

test("refuses an invalid passphrase without showing it", async () => {
  const { code, stderr } = await sensorbake(["build", settings, "-o", join(folder, "no")], {
    env: { WIFI_PSK: "2short" },
  });
  assert.is(code, 1);
  assert.match(
    stderr,
    /a Wi-Fi passphrase must have 8 to 63 printable ASCII characters \[secret\/unusable\]/,
  );
  assert.not.match(stderr, "2short");
});

test.run();
