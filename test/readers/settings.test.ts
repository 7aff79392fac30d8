import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { bytesOf } from "../../src/artifacts/artifact.ts";
import { packedConfig, readableConfig } from "../../src/artifacts/cloud-config.ts";
import { environment } from "../../src/artifacts/environment.ts";
import { payload } from "../../src/artifacts/payload.ts";
import { stringifyYaml } from "../../src/artifacts/yaml.ts";
import { readKit } from "../../src/cli/kit.ts";
import type { WrittenSettings } from "../../src/settings/grammar.ts";
import { loadSettings, type SensorPlan } from "../../src/settings/load.ts";
import { arbitrarySettings, settingsText } from "../support/arbitrary-settings.ts";
import { needs } from "../support/needs.ts";
import { virtualOutside } from "../support/virtual-outside.ts";

// Whatever the settings are, what is compiled from them is read by its readers as it was meant.

const test = suite("readers/settings");
const { templates } = await readKit();
const build = { sensor: "x", sensorbake: "0", settings_digest: "0" };

needs("python3")(
  test,
  "Python's YAML finds every file of the payload, byte for byte, in both text forms",
  async () => {
    await fc.assert(
      fc.asyncProperty(arbitrarySettings, async (document) => {
        for (const { plan, secrets } of await sensorsOf(document)) {
          const files = payload(plan, secrets, templates, build);
          const wanted = Object.fromEntries(
            files.map((file) => [file.path, [file.mode, hex(bytesOf(file))]]),
          );
          assert.equal(filesByPython(stringifyYaml(readableConfig(plan, files))), wanted);
          assert.equal(filesByPython(stringifyYaml(packedConfig(plan, files))), wanted);
        }
      }),
      { numRuns: 12, seed: 1 },
    );
  },
);

for (const shell of ["bash", "dash"])
  needs(shell)(
    test,
    `${shell} reads the environment file back as the plan has it, and runs nothing`,
    async () => {
      await fc.assert(
        fc.asyncProperty(arbitrarySettings, async (document) => {
          for (const { plan, secrets } of await sensorsOf(document)) {
            const file = payload(plan, secrets, templates, build).find(
              ({ path }) => path === "/etc/default/honeypot",
            );
            assert.equal(readByShell(shell, String(file?.content)), Object.fromEntries(environment(plan)));
          }
        }),
        { numRuns: 25, seed: 1 },
      );
    },
  );

async function sensorsOf(document: WrittenSettings): Promise<readonly SensorPlan[]> {
  const outside = virtualOutside({ "s.yaml": settingsText(document) });
  return (await loadSettings("s.yaml", outside, { readSecrets: true })).sensors;
}

const python = `
import base64, io, json, sys, tarfile, yaml
files = {}
for entry in yaml.safe_load(sys.stdin.buffer.read().decode())["write_files"]:
    content = entry["content"].encode()
    if entry.get("encoding") == "b64":
        content = base64.b64decode(content)
    if entry["path"].endswith("/payload.tar.gz"):
        with tarfile.open(fileobj=io.BytesIO(content)) as archive:
            for member in archive:
                assert member.isfile() and member.uid == member.gid == member.mtime == 0
                files["/" + member.name] = [member.mode, archive.extractfile(member).read().hex()]
    else:
        files[entry["path"]] = [int(entry["permissions"], 8), content.hex()]
json.dump(files, sys.stdout)
`;

function filesByPython(yaml: string): unknown {
  // Debian's interpreter, which has the YAML that cloud-init uses.
  return JSON.parse(
    execFileSync("/usr/bin/python3", ["-c", python], { input: yaml, encoding: "utf8", maxBuffer: 1e8 }),
  );
}

function readByShell(shell: string, content: string): Readonly<Record<string, string>> {
  const folder = mkdtempSync(join(tmpdir(), "sensorbake-settings-"));
  try {
    writeFileSync(join(folder, "honeypot"), content);
    const script = 'set -a; . "$1"; exec env --null';
    const out = execFileSync(shell, ["-eu", "-c", script, shell, join(folder, "honeypot")], {
      encoding: "utf8",
      env: { PATH: "/usr/bin:/bin", SHLVL: "1" },
    });
    const pairs = out.split("\0").filter((pair) => pair !== "" && !/^(PATH|PWD|OLDPWD|SHLVL|_)=/.test(pair));
    return Object.fromEntries(
      pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)]),
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

test.run();
