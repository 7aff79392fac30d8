import { rm, stat } from "node:fs/promises";
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gunzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { type Compiled, compile, type Release, sensorFiles } from "../../src/artifacts/compile.ts";
import { programsArchive, programsUnit } from "../../src/artifacts/programs.ts";
import { readRelease } from "../../src/load/read-release.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { examplePlan } from "../support/example-plan.ts";
import { needs } from "../support/needs.ts";
import { makeScratchRoot, type ScratchRoot } from "../support/scratch-root.ts";

const test = suite("artifacts/programs");
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
  if (result.kind === "too-large") throw new Error(`${result.bytes} of ${result.limitBytes}`);
  return result;
}

test("user-data that fits contains the programs, even with programs_url", () => {
  const roomy: Plan = { ...plan, target: "gcp" };
  const { programs, artifacts } = compiled(roomy, release);
  assert.is(programs, undefined);
  const without = compiled({ ...roomy, programsUrl: undefined }, release).artifacts;
  for (const [index, { content }] of artifacts.entries()) assert.ok(isSame(content, without[index]?.content));
});

test("user-data that does not fit is too large without a place to download from", () => {
  const inline: Plan = { ...plan, programsUrl: undefined, delivery: "user-data" };
  assert.is(compile(inline, secrets, large).kind, "too-large");
});

test("user-data that does not fit puts only its programs into an archive beside it", () => {
  const { programs, artifacts, userData } = compiled(plan);
  assert.match(
    programs?.addresses[0] ?? "",
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
  assert.equal(laid.filter((path: string) => !whole.includes(path)).sort(), [
    "/etc/honeypot/programs.list",
    programsUnit,
    "/opt/honeypot/scripts/fetch-programs.sh",
  ]);
  const list = files.find(({ path }: { path: string }) => path === "/etc/honeypot/programs.list").content;
  assert.equal(
    list.trim().split("\n"),
    fetched.map((path) => path.slice(1)),
  );
  assert.is(runcmd.at(-1).at(-1), "honeypot-programs.service");
  assert.equal(runcmd.at(-2), ["sync"]);
  const readme = String(artifacts.find(({ path }) => path === "README.txt")?.content);
  assert.match(readme, programs?.addresses[0] ?? "-");
});

test("all sensors of a release share one archive", () => {
  const other: Plan = { ...plan, name: "sensor-2", transfer: undefined };
  assert.is(compiled(plan).programs?.name, compiled(other).programs?.name);
  assert.is(compiled(plan).programs?.sha256, programsArchive(large.templates).sha256);
});

test("the release's folders come after programs_url and before SSH, and are not offered while there are none", () => {
  const folders = ["https://a.example.org/v1", "https://b.example.net/v1/"];
  const published: Release = { ...large, folders };
  const { name } = programsArchive(large.templates);
  const of = (given: Plan) => compiled(given, published).programs?.addresses;
  const mirrors = [`https://a.example.org/v1/${name}`, `https://b.example.net/v1/${name}`];
  assert.equal(of(plan), [`http://files.example.org/sensors/${name}`, ...mirrors]);
  const own: Plan = { ...plan, programsUrl: undefined };
  assert.equal(of(own), mirrors);
  const { artifacts } = compiled(own, published);
  assert.not.ok(
    artifacts.some(({ path }) => path === name),
    "the release holds it already",
  );
  assert.is(compiled({ ...own, delivery: "ssh" }, published).programs, undefined);
  assert.is(compiled(own).programs, undefined);
  assert.ok(compiled(own).delivery);
});

type Served = { readonly port: number; readonly close: () => void };

function serve(answer: RequestListener): Promise<Served> {
  const server = createServer(answer);
  return new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () =>
      resolve({ port: (server.address() as AddressInfo).port, close: () => server.close() }),
    ),
  );
}

const fetches = needs("apt-get", "tar");
const script = "opt/honeypot/scripts/fetch-programs.sh";
const { archive, name, sha256: sum } = programsArchive(large.templates);

/** A root with the list of programs of a plain sensor, and servers for as long as the body runs. */
async function withFetcher(
  answers: readonly RequestListener[],
  body: (root: ScratchRoot, urls: readonly string[]) => Promise<void>,
): Promise<void> {
  const root = await makeScratchRoot();
  const servers = await Promise.all(answers.map(serve));
  try {
    await root.write("etc/honeypot/programs.list", "opt/honeypot/first-boot/run\n");
    await root.write("opt/honeypot/first-boot/run", "");
    await body(
      root,
      servers.map(({ port }) => `http://127.0.0.1:${port}/${name}`),
    );
  } finally {
    for (const { close } of servers) close();
    await root.remove();
  }
}

async function assertFetched(root: ScratchRoot): Promise<void> {
  assert.match(await root.read("opt/honeypot/first-boot/run"), "first-boot");
  assert.is((await stat(root.path("opt/honeypot/first-boot/run"))).mode & 0o777, 0o700);
  assert.not.ok(await root.exists("root/bin/postinstall.sh"), "a file that the list does not name");
}

fetches(test, "the sensor takes the programs from the first server that has them", () =>
  withFetcher(
    [
      (_, response) => response.writeHead(503).end(),
      (_, response) => response.end("other content"),
      (_, response) => response.end(archive),
      (_, response) => response.end(assert.unreachable("asked a fourth server")),
    ],
    async (root, urls) => {
      const closed = await serve(() => {});
      closed.close();
      const { code, stderr } = await root.run(script, [
        sum,
        `http://127.0.0.1:${closed.port}/${name}`,
        ...urls,
      ]);
      assert.is(code, 0, stderr);
      assert.match(stderr, /Connection refused/);
      assert.match(stderr, /503/);
      assert.match(stderr, /Hash Sum mismatch|unexpected size/i);
      await assertFetched(root);
    },
  ),
);

/** Answers a request for a part of the archive as a web server does; breaks off after so many bytes. */
function serveFrom({ headers }: IncomingMessage, response: ServerResponse, breaksAfter?: number): void {
  const from = Number(/bytes=(\d+)-/.exec(headers.range ?? "")?.[1] ?? 0);
  const range = `bytes ${from}-${archive.byteLength - 1}/${archive.byteLength}`;
  response.writeHead(from > 0 ? 206 : 200, {
    "content-length": archive.byteLength - from,
    "last-modified": "Thu, 01 Jan 2026 00:00:00 GMT",
    ...(from > 0 && { "content-range": range }),
  });
  if (breaksAfter === undefined) response.end(archive.subarray(from));
  else response.write(archive.subarray(0, breaksAfter), () => response.destroy());
}

fetches(test, "a download that breaks off is resumed or retried", () => {
  let count = 0;
  return withFetcher(
    [
      (request, response) => {
        count += 1;
        serveFrom(request, response, count === 1 ? 5000 : undefined);
      },
    ],
    async (root, urls) => {
      const { code, stderr } = await root.run(script, [sum, ...urls]);
      assert.is(code, 0, stderr);
      assert.ok(count > 1);
      await assertFetched(root);
    },
  );
});

fetches(
  test,
  "no server with the right content leaves nothing behind, not even one that sends without end",
  () =>
    withFetcher(
      [
        (_, response) => {
          const send = (): void => {
            while (!response.destroyed && response.write(Buffer.alloc(1 << 20)));
            if (!response.destroyed) response.once("drain", send);
          };
          send();
        },
        (_, response) => response.end("other content"),
      ],
      async (root, urls) => {
        const { code, stderr } = await root.run(script, [sum, ...urls]);
        assert.is(code, 1, stderr);
        assert.equal(
          stderr.match(/^no programs from .*$/gm),
          urls.map((url) => `no programs from ${url}`),
        );
        assert.not.ok(await root.exists("var/lib/honeypot/programs.tar.gz"));
        assert.is(await root.read("opt/honeypot/first-boot/run"), "");
      },
    ),
);

fetches(test, "the archive in the user-data is replaced, not resumed", () =>
  withFetcher([(request, response) => serveFrom(request, response)], async (root, urls) => {
    await root.write("var/lib/honeypot/programs.tar.gz", "another archive", { mode: 0o600 });
    const { code, stderr } = await root.run(script, [sum, ...urls]);
    assert.is(code, 0, stderr);
    await assertFetched(root);
  }),
);

fetches(test, "a sensor without a state folder creates it", () =>
  withFetcher([(_, response) => response.end(archive)], async (root, urls) => {
    await rm(root.path("var/lib/honeypot"), { recursive: true });
    const { code, stderr } = await root.run(script, [sum, ...urls]);
    assert.is(code, 0, stderr);
    await assertFetched(root);
  }),
);

fetches(test, "the sensor uses the proxy that apt is configured with", () =>
  withFetcher([(_, response) => response.end(archive)], async (root, [proxy = ""]) => {
    const address = `http://programs.invalid/${name}`;
    const { origin } = new URL(proxy);
    const { code, stderr } = await root.run(script, [sum, address], { environment: { http_proxy: origin } });
    assert.is(code, 0, stderr);
    await assertFetched(root);
  }),
);

test("the first boot is enabled once its files are on the disk, and until then they are fetched again", () => {
  const unit = parse(compiled(plan).userData.text).write_files.find(
    ({ path }: { path: string }) => path === programsUnit,
  ).content;
  assert.match(
    unit,
    /^ExecStart=\/opt\/honeypot\/scripts\/fetch-programs\.sh [0-9a-f]{64} http.*\nExecStart=sync\n/m,
  );
  assert.match(unit, /^ConditionPathExists=!\/etc\/.*\.wants\/honeypot-first-boot\.service$/m);
});

function isSame(one: string | Uint8Array, other: string | Uint8Array = ""): boolean {
  return Buffer.from(one as string).equals(Buffer.from(other as string));
}

test.run();
