import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { packageRoot, readRelease } from "../../src/load/read-release.ts";
import { needs } from "../support/needs.ts";
import { execute } from "../support/scratch-root.ts";

const test = suite("release");

needs("npm", "sha256sum", "tar")(
  test,
  "writes the package, the programs, an SBOM and their checksums",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "sensorbake-release-"));
    const program = join(packageRoot(), "build/src/release.js");
    try {
      const { code, stderr } = await execute(process.execPath, [program, folder]);
      assert.is(code, 0, stderr);
      const { version } = await readRelease();
      const files = readdirSync(folder).map((name) => name.replace(/[0-9a-f]{12}/, "DIGEST"));
      assert.equal(files.sort(), [
        "SHA256SUMS",
        "programs-DIGEST.tar.gz",
        "sbom.spdx.json",
        `sensorbake-${version}.tgz`,
      ]);
      const check = await execute("env", ["-C", folder, "sha256sum", "--check", "--strict", "SHA256SUMS"]);
      assert.is(check.code, 0, check.stderr);
      assert.is(check.stdout.split("\n").length - 1, 3);
      const archive = readdirSync(folder).find((name) => name.startsWith("programs-")) ?? "";
      const listed = await execute("tar", ["-tzf", join(folder, archive)]);
      for (const path of ["opt/honeypot/first-boot/run", "opt/honeypot/scripts/transfer.sh"])
        assert.ok(listed.stdout.split("\n").includes(path), path);
      const sbom = JSON.parse(readFileSync(join(folder, "sbom.spdx.json"), "utf8"));
      assert.ok(sbom.packages.some(({ name }: { name: string }) => name === "ssh2"));
      const again = await execute(process.execPath, [program, folder]);
      assert.is(again.code, 1);
      assert.match(again.stderr, /is not empty/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

test("the workflow pins each action by commit, and grants each job only the permissions that it needs", () => {
  const file = join(packageRoot(), ".github/workflows/release.yml");
  assert.ok(existsSync(file));
  const { permissions, jobs } = parse(readFileSync(file, "utf8"));
  assert.equal(permissions, {});
  assert.equal(jobs.build.permissions, { contents: "read" });
  const steps: readonly { uses?: string }[] = Object.values<{ steps: [] }>(jobs).flatMap(
    ({ steps }) => steps,
  );
  for (const { uses } of steps) if (uses !== undefined) assert.match(uses, /^[\w-]+\/[\w-]+@[0-9a-f]{40}$/);
});

test.run();
