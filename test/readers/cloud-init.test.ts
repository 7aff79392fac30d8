import { execFileSync } from "node:child_process";
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { packageRoot } from "../../src/load/read-release.ts";
import { targets } from "../../src/plan/targets.ts";
import { debianTree } from "../support/debian-tree.ts";
import { needs } from "../support/needs.ts";
import { execute } from "../support/scratch-root.ts";
import { sensorbake } from "../support/sensorbake.ts";

// The cloud-init of this machine and of a Debian 13 check the compiled files: no error, and no deprecation warning.

const test = suite("readers/cloud-init");
let folder: string;
test.before(async () => {
  folder = mkdtempSync(join(tmpdir(), "sensorbake-cloud-init-"));
  const admin =
    readFileSync(join(packageRoot(), "examples/minimal.yaml"), "utf8").match(/^ {4}admin:\n(.*\n)*/m)?.[0] ??
    "";
  const sensors = Object.entries(targets).map(
    ([name, { systems }]) =>
      `  - name: ${name}\n    target: ${name}\n    os: ${systems[systems.length - 1]}\n${admin}`,
  );
  writeFileSync(join(folder, "all.yaml"), `version: 1\nsensors:\n${sensors.join("")}`);
  const { code, stderr } = await sensorbake(["build", join(folder, "all.yaml"), "-o", join(folder, "out")]);
  assert.is(code, 0, stderr);
});
test.after(() => rmSync(folder, { recursive: true }));

needs("cloud-init")(test, "this machine's cloud-init accepts the user-data of every target", async () => {
  for (const file of userData())
    accepted(await execute("cloud-init", ["schema", "--config-file", file], process.env, 120));
});

needs("mmdebstrap", "mke2fs", "chroot")(
  test,
  "Debian 13's cloud-init accepts the user-data of every target",
  async () => {
    const tree = await debianTree("debian-13");
    const inside = join(tree, "srv", basename(folder));
    try {
      for (const file of userData()) {
        cpSync(file, inside);
        const words = [tree, "cloud-init", "schema", "--config-file", join("/srv", basename(folder))];
        accepted(await execute("chroot", words, process.env, 300));
      }
    } finally {
      rmSync(inside, { force: true });
    }
  },
);

needs("base64", "sha256sum")(test, "SHA256SUMS and the base64 forms match those of coreutils", () => {
  for (const file of userData()) {
    const cwd = dirname(file);
    execFileSync("sha256sum", ["--check", "--strict", "--quiet", "SHA256SUMS"], { cwd });
    for (const name of readdirSync(cwd).filter((entry) => /^user-data(\.gz)?\.base64$/.test(entry))) {
      const plain = execFileSync("base64", ["--decode", name], { cwd, maxBuffer: 1e8 });
      assert.is(plain.compare(readFileSync(join(cwd, name.replace(/\.base64$/, "")))), 0, `${cwd}/${name}`);
    }
  }
});

function userData(): readonly string[] {
  return readdirSync(join(folder, "out"))
    .filter((name) => !name.startsWith("."))
    .map((name) => join(folder, "out", name, "user-data"));
}

function accepted({ code, stdout, stderr }: { code: number; stdout: string; stderr: string }): void {
  assert.is(code, 0, stdout + stderr);
  assert.match(stdout + stderr, /Valid/);
  assert.not.match(stdout + stderr, /deprecat/i);
}

test.run();
