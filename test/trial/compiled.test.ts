import { mkdir, mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { sensorFiles } from "../../src/artifacts/compile.ts";
import { processWorld } from "../../src/cli/shared/process-world.ts";
import { loadSettings } from "../../src/load/load.ts";
import { packageRoot, readRelease } from "../../src/load/read-release.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { secretsOf } from "../../src/plan/secrets.ts";
import type { Guest } from "../../src/trial/observe/ask.ts";
import { observers, type Scene } from "../../src/trial/observe/observers.ts";
import { execute } from "../support/scratch-root.ts";

// The observers of settings, on the files that are compiled for every example.

const test = suite("trial/compiled");
const release = await readRelease();
const folder = join(packageRoot(), "examples");
const files = new Set(["/etc/default/honeypot", "/etc/cron.d/honeypot"]);

for (const name of (await readdir(folder)).filter((one) => one.endsWith(".yaml")))
  test(`limits and timetable of examples/${name} are in the compiled files, and other ones are not`, async () => {
    const { sensors } = await loadSettings(join(folder, name), processWorld(), { readSecrets: false });
    for (const { plan } of sensors) {
      const root = await mkdtemp(join(tmpdir(), "sensorbake-trial-"));
      try {
        const secrets = new Map(secretsOf(plan).map(({ name: secret }) => [secret as string, "x"]));
        for (const { path, content } of sensorFiles(plan, secrets, release, "whole").filter((one) =>
          files.has(one.path),
        )) {
          await mkdir(dirname(join(root, path)), { recursive: true });
          await writeFile(join(root, path), content);
        }
        await mkdir(join(root, "stubs"));
        await writeFile(join(root, "stubs/systemctl"), "#!/bin/bash\n", { mode: 0o755 });
        const guest: Guest = {
          port: () => 0,
          run: async (script) => {
            await writeFile(join(root, "script"), `set -euo pipefail\n${script}`);
            const PATH = `${root}/stubs:${process.env.PATH}`;
            const { code, stdout, stderr } = await execute("bash", [join(root, "script")], {
              PATH,
              HONEYPOT_ROOT: root,
            });
            return { code, stdout: Buffer.from(stdout), stderr };
          },
        };
        const scene: Scene = { plan, guest, scope: { absent: {}, attacker: "10.0.2.2" }, sent: () => [] };
        const ids = ["limits", "timetable", ...(plan.tools ? (["tool-timetable"] as const) : [])] as const;
        for (const id of ids) {
          const found = await observers[id](scene);
          assert.ok(found.observed, `${plan.name}: ${found.evidence}`);
        }
        const backup = { ...plan.backup, schedule: "59 23 * * *", keepDays: 99 };
        const tools = withSchedule(plan.tools, "59 23 * * *");
        for (const id of ids)
          assert.not(
            (await observers[id]({ ...scene, plan: { ...plan, backup, tools } })).observed,
            plan.name,
          );
      } finally {
        await rm(root, { recursive: true });
      }
    }
  });

function withSchedule(tools: Plan["tools"], schedule: string): Plan["tools"] {
  if (tools === undefined) return undefined;
  const { cowrieprocessor, jsonLogCountry } = tools;
  return {
    ...tools,
    cowrieprocessor: cowrieprocessor && { ...cowrieprocessor, schedule },
    jsonLogCountry: jsonLogCountry && { ...jsonLogCountry, schedule },
  };
}

test.run();
