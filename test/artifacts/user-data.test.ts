import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { gunzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { type Compiled, compile } from "../../src/artifacts/compile.ts";
import { sha256 } from "../../src/artifacts/digest.ts";
import type { UserData } from "../../src/artifacts/user-data.ts";
import { readRelease } from "../../src/load/read-release.ts";
import { targets } from "../../src/plan/targets.ts";
import type { TargetName } from "../../src/values/target-names.ts";
import { examplePlan } from "../support/example-plan.ts";

const test = suite("artifacts/user-data");
const release = await readRelease();
const secrets = new Map([["backup.password", "infected"]]);

function compiled(target: TargetName): Compiled {
  const programsUrl = "https://files.example.org/sensors";
  const piBoot = target === "pi" ? "cloudinit" : undefined;
  const result = compile({ ...examplePlan, target, piBoot, programsUrl }, secrets, release);
  if (result.kind === "too-large") throw new Error(`${target}: ${result.bytes} of ${result.limitBytes}`);
  return result;
}

for (const target of Object.keys(targets) as TargetName[])
  test(`fits what ${target} takes`, () => {
    const { userData } = compiled(target);
    assert.ok(userData.bytes <= (targets[target].limitBytes ?? Number.POSITIVE_INFINITY));
  });

test("a target without a limit gets every file in plain text", () => {
  const { userData } = compiled("nocloud");
  assert.is(userData.form, "readable");
  assert.match(String(userData.handed), /^#cloud-config\n/);
  assert.match(String(userData.handed), / {2}- path: "\/opt\/honeypot\/scripts\/backup\.sh"\n/);
});

test("a target with a small limit gets the compressed form", () => {
  const templates = release.templates.map((file) => (file.text.length > 1800 ? { ...file, text: "" } : file));
  let noise = "";
  let userData: UserData | undefined;
  do {
    noise += Array.from({ length: 8 }, (_, index) => sha256(`${noise}${index}`)).join("");
    const files = [...templates, { path: "/opt/honeypot/noise", text: noise }];
    const result = compile({ ...examplePlan, target: "ec2", delivery: "user-data" }, secrets, {
      ...release,
      templates: files,
    });
    if (result.kind === "too-large") return assert.unreachable();
    userData = result.userData;
  } while (userData.form === "packed");
  assert.is(userData.form, "compressed");
  assert.is(gunzipSync(userData.handed).toString(), userData.text);
});

test("a boot before the first stamp has cloud-init write every file again, and keep the machine's identity", () => {
  const [layAgain] = parse(compiled("nocloud").userData.text).bootcmd as string[][];
  const root = mkdtempSync(join(tmpdir(), "sensorbake-cloud-"));
  try {
    const done = join(root, "lib/honeypot/state/first-boot/payload.done");
    const marks = join(root, "lib/cloud/instance/sem");
    const again = [
      "config_write_files",
      "config_write_files_deferred",
      "config_runcmd",
      "config_scripts_user",
    ];
    const kept = ["config_ssh", "config_set_hostname", "config_users_groups"];
    const boot = () => {
      const [shell = "", ...words] = (layAgain ?? []).map((word) =>
        word.replaceAll("/var/lib", join(root, "lib")),
      );
      execFileSync(shell, words);
      return readdirSync(marks).sort();
    };
    mkdirSync(marks, { recursive: true });
    for (const mark of [...again, ...kept]) writeFileSync(join(marks, mark), "");
    mkdirSync(dirname(done), { recursive: true });
    writeFileSync(done, "");
    assert.equal(boot(), [...again, ...kept].sort());
    rmSync(done);
    assert.equal(boot(), [...kept].sort());
  } finally {
    rmSync(root, { recursive: true });
  }
});

test("nothing is enabled before its files are on the disk, nor unpacked again once the first boot has begun", () => {
  const commands = (target: TargetName) => parse(compiled(target).userData.text).runcmd as string[][];
  for (const target of Object.keys(targets) as TargetName[])
    assert.equal(commands(target).at(-2), ["sync"], target);
  const packed = (Object.keys(targets) as TargetName[]).filter(
    (name) => compiled(name).userData.form === "packed",
  );
  for (const target of packed)
    assert.match(
      commands(target)[0]?.at(-1) ?? "",
      /^test -e \/var\/lib\/.*\/payload\.done \|\| \{ tar --extract .* && tar --extract .*; \}$/,
    );
  assert.ok(packed.length > 0);
});

test("user-data that cannot fit lists its largest parts, largest first", () => {
  const noise = Array.from({ length: 1000 }, (_, index) => `${sha256(String(index))}\n`).join("");
  const result = compile({ ...examplePlan, target: "ec2", delivery: "user-data" }, secrets, {
    ...release,
    templates: [...release.templates, { path: "/opt/honeypot/scripts/huge.sh", text: noise }],
  });
  if (result.kind !== "too-large") return assert.unreachable();
  assert.is(result.contributors()[0]?.path, "/opt/honeypot/scripts/huge.sh");
  assert.is(result.limitBytes, 16_384);
  assert.ok(result.bytes > result.limitBytes);
});

test("the same input produces the same bytes", () => {
  assert.equal(compiled("ec2"), compiled("ec2"));
});

test("the instance-id is the name and the digest, and follows the settings but not the secrets", () => {
  const idOf = (plan: typeof examplePlan, password: string) => {
    const result = compile(plan, new Map([["backup.password", password]]), release);
    if (result.kind === "too-large") throw new Error("too large");
    const file = result.artifacts.find(({ path }) => path === "meta-data");
    return String((parse(String(file?.content)) as Record<string, unknown>)["instance-id"]);
  };
  const id = idOf(examplePlan, "infected");
  assert.match(id, /^sensor-1-[0-9a-f]{12}$/);
  assert.is(idOf(examplePlan, "another"), id);
  assert.is.not(idOf({ ...examplePlan, timezone: "Europe/Berlin" }, "infected"), id);
});

test("files that hold secrets are 0600, the others are not", () => {
  for (const { path, mode } of compiled("ec2").artifacts)
    assert.is(mode, path.startsWith("user-data") ? 0o600 : 0o644, path);
});

test.run();
