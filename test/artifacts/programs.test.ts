import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { type Compiled, compile, type Release, sensorFiles } from "../../src/artifacts/compile.ts";
import { programsUnit } from "../../src/artifacts/programs.ts";
import { readRelease } from "../../src/load/read-release.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { examplePlan } from "../support/example-plan.ts";
import { needs } from "../support/needs.ts";

const test = suite("artifacts/programs");
const run = promisify(execFile);
const release = await readRelease();
const secrets = new Map([["backup.password", "CANARY-password"]]);
// Text that does not compress, so that the user-data of EC2 is too small whatever our programs take.
const noise = Array.from({ length: 12_000 }, (_, index) =>
  ((index * index * 7919) % 99_991).toString(36),
).join("\n");
const large: Release = {
  ...release,
  templates: [...release.templates, { path: "/opt/honeypot/scripts/large.sh", text: noise }],
};
const plan: Plan = { ...examplePlan, target: "ec2", programsUrl: "http://files.example.org/sensors/" };

function compiled(given: Plan, its = large): Compiled {
  const result = compile(given, secrets, its);
  if ("contributors" in result) throw new Error(`${result.bytes} of ${result.limitBytes}`);
  return result;
}

test("what fits carries its programs, wherever they might be fetched from", () => {
  const roomy: Plan = { ...plan, target: "gcp" };
  const { programs, artifacts } = compiled(roomy, release);
  assert.is(programs, undefined);
  const without = compiled({ ...roomy, programsUrl: undefined }, release).artifacts;
  for (const [index, { content }] of artifacts.entries()) assert.ok(isSame(content, without[index]?.content));
});

test("without a place to fetch them from, what does not fit is still too large", () => {
  const inline: Plan = { ...plan, programsUrl: undefined, delivery: "user-data" };
  assert.ok("contributors" in compile(inline, secrets, large));
});

test("what does not fit leaves its programs, and nothing else, in an archive beside the user-data", () => {
  const { programs, artifacts, userData } = compiled(plan);
  assert.match(
    programs?.address ?? "",
    /^http:\/\/files\.example\.org\/sensors\/programs-[0-9a-f]{12}\.tar\.gz$/,
  );
  const archive = artifacts.find(({ path }) => path === programs?.name);
  assert.is(archive?.mode, 0o644);
  assert.is(gunzipSync(archive?.content as Uint8Array).includes("CANARY"), false);
  assert.is(gunzipSync(archive?.content as Uint8Array).includes(plan.name), false);
  const { write_files: files, runcmd } = parse(userData.text);
  const laid = files.map(({ path }: { path: string }) => path);
  const whole = sensorFiles(plan, secrets, large).map(({ path }) => path);
  const fetched = whole.filter((path) => !laid.includes(path));
  assert.ok(fetched.includes("/opt/honeypot/first-boot/run"));
  assert.ok(laid.includes("/etc/default/honeypot"));
  assert.equal(
    laid.filter((path: string) => !whole.includes(path)),
    [programsUnit],
  );
  assert.is(runcmd.at(-1).at(-1), "honeypot-programs.service");
  assert.equal(runcmd.at(-2), ["sync"]);
  const readme = String(artifacts.find(({ path }) => path === "README.txt")?.content);
  assert.match(readme, programs?.address ?? "-");
});

test("sensors whose programs are the same share an archive", () => {
  assert.is(compiled(plan).programs?.name, compiled({ ...plan, name: "sensor-2" }).programs?.name);
});

// The words of the unit are run as they are; only where they write is another place.
needs("apt-get", "tar")(
  test,
  "the unit's own words fetch and unpack it, and refuse another content",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "sensorbake-programs-"));
    let served: Uint8Array = new Uint8Array();
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? "");
      response.end(served);
    });
    try {
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      const { port } = server.address() as AddressInfo;
      const { programs, userData } = compiled({ ...plan, programsUrl: `http://127.0.0.1:${port}/sensors` });
      const unit = parse(userData.text).write_files.find(
        ({ path }: { path: string }) => path === programsUnit,
      ).content;
      const [fetch = [], unpack = []] = [...unit.matchAll(/^ExecStart=(.*)$/gm)].map(([, words]) =>
        words
          .replace("/var/lib/honeypot/", `${folder}/`)
          .replaceAll("/var/lib/honeypot/", `${folder}/`)
          .replace("--directory=/", `--directory=${folder}`)
          .split(" "),
      );
      served = Buffer.from("another content");
      await run(fetch[0] as string, fetch.slice(1)).then(
        () => assert.unreachable("took another content"),
        ({ stderr }) => assert.match(stderr, /Hash Sum mismatch|unexpected size/i),
      );
      served = programs?.archive ?? served;
      await run(fetch[0] as string, fetch.slice(1));
      await run(unpack[0] as string, unpack.slice(1));
      const first = join(folder, "opt/honeypot/first-boot/run");
      assert.is(statSync(first).mode & 0o777, 0o700);
      assert.match(readFileSync(first, "utf8"), "first-boot");
      assert.is(new Set(asked).size, 1);
      // The first boot is enabled once its files are on the disk, and until then they are fetched again.
      assert.match(unit, /^ExecStart=tar .*\nExecStart=sync\n/m);
      assert.match(unit, /^ConditionPathExists=!\/etc\/.*\.wants\/honeypot-first-boot\.service$/m);
    } finally {
      server.close();
      rmSync(folder, { recursive: true });
    }
  },
);

function isSame(one: string | Uint8Array, other: string | Uint8Array = ""): boolean {
  return Buffer.from(one as string).equals(Buffer.from(other as string));
}

test.run();
