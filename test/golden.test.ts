import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join, relative } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { packageRoot } from "../src/cli/kit.ts";
import { sensorbake } from "./support/sensorbake.ts";

// Every example is compiled by the real command, and its whole output tree is held against test/golden/<example>/:
// the same paths, bytes and modes. `npm test -- --update` writes them anew.

const test = suite("golden");
const examples = join(packageRoot(), "examples");
const goldens = join(packageRoot(), "test/golden");
const names = readdirSync(examples).filter((name) => name.endsWith(".yaml"));

for (const name of names)
  test(`examples/${name} compiles to what is in test/golden`, async () => {
    const golden = join(goldens, basename(name, ".yaml"));
    const folder = mkdtempSync(join(tmpdir(), "sensorbake-golden-"));
    const out = join(folder, "out");
    try {
      const ended = await sensorbake(["build", join("examples", name), "--output", out, "--strict"], {
        env: exampleSecrets,
      });
      assert.is(ended.code, 0, ended.stderr);
      if (process.env.UPDATE === "1") {
        rmSync(golden, { recursive: true, force: true });
        cpSync(out, golden, { recursive: true });
      }
      assert.equal(listed(golden), listed(out));
      for (const path of listed(out)) {
        // Git keeps one permission bit; the others are this process's own to give.
        assert.is(
          readFileSync(join(golden, path)).compare(readFileSync(join(out, path))),
          0,
          `${name}: ${path} differs`,
        );
        const isSecret =
          /user-data|seed|honeypot\.tar\.gz/.test(path) ||
          (path.endsWith("network-config") && /password:/.test(readFileSync(join(out, path), "utf8")));
        assert.is(statSync(join(out, path)).mode & 0o777, isSecret ? 0o600 : 0o644, path);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

test("there is no golden tree without an example", () => {
  assert.equal(readdirSync(goldens).sort(), names.map((name) => basename(name, ".yaml")).sort());
});

// Values for the secrets that examples take from the environment; each is known by its word.
const exampleSecrets = {
  BACKUP_PASSWORD: "example-backup-password",
  WIFI_PSK: "example-wifi-passphrase",
};

function listed(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

test.run();
