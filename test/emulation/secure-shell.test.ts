import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { OutsideError } from "../../src/diagnostics/outside-error.ts";
import { requireSsh, secureShell } from "../../src/emulation/secure-shell.ts";

const test = suite("a shell on a virtual machine");
const login = { user: "a", port: 1, key: "/nonexistent", knownHosts: "/dev/null" };

async function withPath(folders: (own: string) => string, work: (own: string) => Promise<void>) {
  const own = await mkdtemp(join(tmpdir(), "sensorbake-test-"));
  const before = process.env.PATH;
  process.env.PATH = folders(own);
  try {
    await work(own);
  } finally {
    process.env.PATH = before;
    await rm(own, { recursive: true });
  }
}

test("a machine that prints without end is cut off", () =>
  withPath(
    (own) => `${own}:${process.env.PATH}`,
    async (own) => {
      await writeFile(join(own, "ssh"), "#!/bin/sh\nexec head -c 1000000000 /dev/zero\n");
      await chmod(join(own, "ssh"), 0o755);
      const { code, stdout } = await secureShell(login, "true");
      assert.is(code, 255);
      assert.ok(stdout.length <= 256 << 20);
    },
  ));

test("without OpenSSH the error names the package", () =>
  withPath(
    (own) => own,
    async () => {
      try {
        requireSsh();
        assert.unreachable();
      } catch (error) {
        assert.instance(error, OutsideError);
        assert.match((error as OutsideError).hint ?? "", /apt install openssh-client/);
      }
    },
  ));

test.run();
