import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
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
      const modes = listed(out)
        .map((path) => `${octal(join(out, path))} ${path}\n`)
        .join("");
      if (process.env.UPDATE === "1") {
        rmSync(golden, { recursive: true, force: true });
        cpSync(out, golden, { recursive: true });
        writeFileSync(`${golden}.modes`, modes);
      }
      assert.equal(listed(golden), listed(out));
      // Git keeps one permission bit, so the modes have a file of their own.
      assert.is(readFileSync(`${golden}.modes`, "utf8"), modes);
      for (const path of listed(out))
        assert.is(
          readFileSync(join(golden, path)).compare(readFileSync(join(out, path))),
          0,
          `${name}: ${path} differs`,
        );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

test("there is no golden tree without an example", () => {
  const wanted = names.map((name) => basename(name, ".yaml")).flatMap((name) => [name, `${name}.modes`]);
  assert.equal(readdirSync(goldens).sort(), wanted.sort());
});

// Values for the secrets that examples take from the environment; each is known by its word.
const exampleSecrets = {
  BACKUP_PASSWORD: "example-backup-password",
  DSHIELD_API_KEY: "ExampleDshieldApiKey",
  MAXMIND_LICENSE_KEY: "ExampleMaxmindKey",
  SIEM_CA: [
    "-----BEGIN CERTIFICATE-----",
    "MIIBizCCATGgAwIBAgIUD4vrCoEgB6fqaOpJxy/07U/roxowCgYIKoZIzj0EAwIw",
    "GzEZMBcGA1UEAwwQc2llbS5leGFtcGxlLm9yZzAeFw0yNjExMjUxNzA3MjhaFw0z",
    "NjExMjIxNzA3MjhaMBsxGTAXBgNVBAMMEHNpZW0uZXhhbXBsZS5vcmcwWTATBgcq",
    "hkjOPQIBBggqhkjOPQMBBwNCAARBotRqjxUpwDUFrUgq6V4ick/rpHjRyRC2N0Cx",
    "Q509mlGOVr+1OhuXtpGzKL0/E7QGLKJ1kFIX3mozsoSmSMm3o1MwUTAdBgNVHQ4E",
    "FgQU1MLj2enMQyLokJMBKFeAWcQJH00wHwYDVR0jBBgwFoAU1MLj2enMQyLokJMB",
    "KFeAWcQJH00wDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiA3UMdL",
    "hSjTgHP57ar0PUE+LHKuPD0ntoda13Qp6d1N+wIhANJyRxYOP0cbPZu/jhWeqdcr",
    "ecIFui4u/okjp0Ev0iP6",
    "-----END CERTIFICATE-----",
  ].join("\n"),
  URLHAUS_API_KEY: "ExampleUrlhausKey",
  VIRUSTOTAL_API_KEY: "ExampleVirustotalKey",
  WIFI_PSK: "example-wifi-passphrase",
};

function octal(path: string): string {
  return (statSync(path).mode & 0o777).toString(8).padStart(4, "0");
}

function listed(folder: string): readonly string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .sort();
}

test.run();
