import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { actions } from "../../src/ec2/policy.ts";
import { tagKeys } from "../../src/ec2/tags.ts";
import { packageRoot } from "../../src/load/read-release.ts";
import { type FakeEc2, startFakeEc2 } from "../support/fake-ec2/server.ts";
import { needs } from "../support/needs.ts";
import { sensorbake } from "../support/sensorbake.ts";

// The real command against an endpoint of our own, found by the SDK's own environment variable.
const test = suite<{ fake: FakeEc2; folder: string; file: string }>("cli/launch");

test.before.each(async (context) => {
  context.fake = await startFakeEc2();
  context.folder = mkdtempSync(join(tmpdir(), "sensorbake-launch-"));
  context.file = join(context.folder, "sensors.yaml");
  writeFileSync(context.file, settings());
});
test.after.each(async ({ fake, folder }) => {
  await fake.close();
  rmSync(folder, { recursive: true });
});

function settings(more: { password?: string; sensors?: readonly string[]; ec2?: string } = {}): string {
  return `version: 1
defaults:
  target: ec2
  admin:
    ssh_keys: [ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN1toxLjGDb51MTryEBuzIvVuxyicWCFgGHG+aJF1IJM test]
    allow_from: [9.9.9.0/24]
  backup: {password: ${more.password ?? "infected"}}
  ec2: ${more.ec2 ?? "{region: eu-central-1}"}
sensors:
${(more.sensors ?? ["fra-1", "fra-2"]).map((name) => `  - {name: ${name}}\n`).join("")}`;
}

/** Settings of sensors from a baked image: their user-data has room for secrets. */
function bakedSettings(fake: FakeEc2, more: { password?: string; sensors?: readonly string[] } = {}): string {
  const image = fake.account("eu-central-1").images.get("ami-00000005");
  Object.assign(image?.tags ?? {}, { [tagKeys.managedBy]: "sensorbake", "sensorbake:os": "debian-13" });
  return settings({ ...more, ec2: "{region: eu-central-1, image: baked}" });
}

async function run(fake: FakeEc2, words: readonly string[], env: Readonly<Record<string, string>> = {}) {
  // The addresses of this endpoint are nobody's here; test/templates/delivery.test.ts sends for real.
  const sent = words[0] === "launch" ? [...words, "--no-apply"] : words;
  const ended = await sensorbake(sent, { env: { ...fake.env, ...env } });
  return { ...ended, text: ended.stdout.toString() };
}

const isChange = ({ action }: { action: string }) => !/^(Describe|Get)/.test(action);

// More keys than the user-data of EC2 can hold besides our programs.
const manyKeys = Array.from({ length: 150 }, () => {
  const blob = Buffer.concat([Buffer.from("0000000b7373682d6564323535313900000020", "hex"), randomBytes(32)]);
  return `ssh-ed25519 ${blob.toString("base64")}`;
});

test("makes nothing before the programs that a sensor will fetch are where it will look for them", async ({
  fake,
  folder,
  file,
}) => {
  const server = createServer((request, response) => {
    const path = join(folder, "out/fra-1", basename(request.url ?? ""));
    if (existsSync(path)) response.end(readFileSync(path));
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  try {
    const keys = settings()
      .replace(/ssh_keys: \[.*\]/, `ssh_keys: [${manyKeys.join(", ")}]`)
      .replace("target: ec2", "target: ec2\n  delivery: user-data");
    writeFileSync(file, keys);
    assert.match((await run(fake, ["launch", file, "--yes"])).stderr, /set programs_url to a web folder/);
    writeFileSync(
      file,
      keys.replace("target: ec2", `target: ec2\n  programs_url: http://127.0.0.1:${port}/sensors`),
    );
    const refused = await run(fake, ["launch", file, "--yes"]);
    assert.is(refused.code, 3);
    assert.match(
      refused.stderr,
      /\/sensors\/programs-[0-9a-f]{12}\.tar\.gz: the server returned status 404\n {2}= help: upload programs-/,
    );
    assert.equal(fake.requests.filter(isChange), []);
    await run(fake, ["build", file, "--output", join(folder, "out")]);
    const launched = await run(fake, ["launch", file, "--yes"]);
    assert.is(launched.code, 0, launched.stderr);
    assert.match(launched.stderr, new RegExp(`out {2}.*tcp ${port}\\b`));
  } finally {
    server.close();
  }
});

test("shows the plan before anything is made: all that will be, what it costs and what reaches it", async ({
  fake,
  file,
}) => {
  const { code, stderr, text } = await run(fake, ["launch", file]);
  assert.is(code, 2);
  assert.is(text, "");
  for (const part of [
    /^eu-central-1:$/m,
    /security group sensorbake-[0-9a-f]{16} \(new, in vpc-00000001\)/,
    /in {3}icmp, icmpv6, tcp 0-12221, tcp 12223-65535, udp 0-65535: everyone; tcp 12222: 9\.9\.9\.0\/24/,
    /out {2}tcp 443, tcp 53, tcp 80, udp 123, udp 53: everyone/,
    /\+ fra-1: t3\.small, ami-00000002, 20 GB, user-data \d+ bytes \(\d+ % of what EC2 takes\)/,
    /IMDSv2 only, one hop, no instance profile, an encrypted gp3 volume/,
    /tags Name, sensorbake:managed-by/,
    /about \d+ to \d+ US dollars a month without traffic \(list prices, on demand, checked 2026-11-24\)/,
    /stdin is not a terminal, so this cannot be confirmed/,
  ])
    assert.match(stderr, part);
  assert.equal(fake.requests.filter(isChange), []);
});

test("--dry-run prints the plan, asks AWS and changes nothing", async ({ fake, file }) => {
  const yes = await run(fake, ["launch", file, "--dry-run"]);
  assert.is(yes.code, 0, yes.stderr);
  assert.match(yes.text, /^eu-central-1:\n {2}security group sensorbake-.* \(new, /);
  assert.match(yes.text, /^ {2}\+ fra-2: t3\.small, /m);
  const answers = yes.text.split("\n").filter((line) => !/^(eu-| |every |price )/.test(line));
  assert.equal(
    answers
      .join("\n")
      .replace(/sensorbake-[0-9a-f]{16}/g, "NAME")
      .split("\n"),
    [
      "yes CreateSecurityGroup NAME",
      "yes CreateLaunchTemplate NAME",
      "yes RunInstances fra-1",
      "yes RunInstances fra-2",
      "",
    ],
  );
  assert.ok(fake.requests.filter(isChange).every(({ query }) => query.DryRun === "true"));
  const account = fake.account("eu-central-1");
  assert.equal([account.instances.size, account.groups.size, account.templates.size], [0, 0, 0]);
  fake.fault = (action) => (action === "RunInstances" ? { refuse: "VcpuLimitExceeded" } : undefined);
  const no = await run(fake, ["launch", file, "--dry-run", "--format", "json"]);
  assert.is(no.code, 3);
  const json = JSON.parse(no.text);
  assert.is(json.changes, true);
  assert.equal(json.problems, []);
  const [plan] = json.regions;
  assert.equal(
    plan.security_groups.map(({ does, network }: Record<string, string>) => [does, network]),
    [["create", "vpc-00000001"]],
  );
  assert.equal(
    plan.security_groups[0].ingress.filter(({ from_port }: { from_port: number }) => from_port === 12222),
    [{ protocol: "tcp", from_port: 12222, to_port: 12222, cidr: "9.9.9.0/24" }],
  );
  assert.equal(
    plan.sensors.map(({ sensor, does, instance_id }: Record<string, string>) => [sensor, does, instance_id]),
    [
      ["fra-1", "launch", null],
      ["fra-2", "launch", null],
    ],
  );
  assert.match(
    json.answers[2].failure,
    /^the account's quota of vCPUs for this family .* \(RunInstances, request /,
  );
  assert.match(no.stderr, "Running On-Demand Standard instances");
});

test("launch, status, replace and destroy ask for nothing that the printed policy does not allow", async ({
  fake,
  file,
}) => {
  writeFileSync(file, settings({ ec2: "{region: eu-central-1, elastic_ip: true}" }));
  const printed = await run(fake, ["launch", "--print-policy"]);
  assert.is(printed.code, 0);
  const allowed = new Set(
    JSON.parse(printed.text).Statement.flatMap(({ Action }: { Action: string | string[] }) => Action),
  );
  assert.is((await run(fake, ["launch", file, "--yes"])).code, 0);
  writeFileSync(file, settings({ ec2: "{region: eu-central-1, instance_type: t3.micro}" }));
  const refused = await run(fake, ["launch", file, "--yes", "--replace"]);
  assert.is(refused.code, 2);
  assert.match(refused.stderr, "the last backups of fra-1, fra-2 have not been collected");
  const replaced = await run(fake, ["launch", file, "--yes", "--replace", "--discard-backups"]);
  assert.is(replaced.code, 0, replaced.stderr);
  assert.is((await run(fake, ["status", file])).code, 0);
  assert.is((await run(fake, ["destroy", file, "--yes", "--discard-backups"])).code, 0);
  const account = fake.account("eu-central-1");
  assert.equal(
    [account.groups.size, account.templates.size, account.addresses.size, account.volumes.size],
    [0, 0, 0, 0],
  );
  const asked = new Set(fake.requests.map(({ action }) => `ec2:${action}`));
  assert.equal(
    [...asked].filter((action) => !allowed.has(action)),
    [],
  );
});

test("every request in the code is one of the policy's, and the other way round", () => {
  const folder = join(packageRoot(), "src/ec2");
  const named = readdirSync(folder).flatMap((name) => [
    ...readFileSync(join(folder, name), "utf8").matchAll(/\bask(?:OfNew)?\(\s*"(\w+)"/g),
  ]);
  const listed = [...actions.read, ...actions.create, ...actions.change].sort();
  assert.equal([...new Set(named.map(([, action]) => action ?? ""))].sort(), listed);
});

test("a sensor whose password has changed is drifted, though no tag holds a digest of it", async ({
  fake,
  file,
}) => {
  writeFileSync(file, bakedSettings(fake, { password: "one" }));
  await run(fake, ["launch", file, "--yes"]);
  const tags = () =>
    [...fake.account("eu-central-1").instances.values()].map(
      (instance) => instance.tags["sensorbake:user-data"],
    );
  const before = tags();
  writeFileSync(file, bakedSettings(fake, { password: "two" }));
  const { code, stderr, text } = await run(fake, ["launch", file]);
  assert.is(code, 0, stderr);
  assert.match(
    stderr,
    /! fra-1: i-\w+ differs from the settings \(a secret in its user-data\); --replace makes it anew/,
  );
  assert.is(text.match(/ drifted /g)?.length, 2);
  assert.equal(tags(), before);
});

test("--detailed-exitcode tells plans that change something from those that do not", async ({
  fake,
  file,
}) => {
  const dryRun = async (command: string) => {
    const words = [command, file, "--dry-run", "--detailed-exitcode", "--format", "json"];
    const { code, text, stderr } = await run(fake, words);
    assert.ok(text !== "", stderr);
    return { code, ...JSON.parse(text) };
  };
  writeFileSync(file, bakedSettings(fake));
  assert.equal([(await dryRun("launch")).code, (await dryRun("destroy")).code], [2, 0]);
  await run(fake, ["launch", file, "--yes"]);
  const same = await dryRun("launch");
  assert.equal([same.code, same.changes, same.answers], [0, false, []]);
  writeFileSync(file, bakedSettings(fake, { password: "two" }));
  const drifted = await dryRun("launch");
  assert.equal([drifted.code, drifted.changes], [2, true]);
  assert.equal(drifted.regions[0].sensors[0].does, "drifted");
  assert.equal(drifted.regions[0].sensors[0].drift, ["a secret in its user-data"]);
  assert.match(drifted.regions[0].sensors[0].instance_id, /^i-/);
  const gone = await dryRun("destroy");
  assert.equal([gone.code, gone.changes], [2, true]);
  assert.equal(
    gone.regions[0].instances.map(({ sensor, state }: Record<string, string>) => [sensor, state]),
    [
      ["fra-1", "running"],
      ["fra-2", "running"],
    ],
  );
  assert.is(gone.regions[0].security_groups.length, 1);
  const text = await run(fake, ["destroy", file, "--dry-run"]);
  assert.is(text.code, 0);
  assert.match(text.text, /^eu-central-1:\n {2}- fra-1: i-\w+ \(running\) and its disk\n/);
  assert.match(text.text, /^ {2}- launch template \S+, no longer used$/m);
  const alone = await run(fake, ["launch", file, "--detailed-exitcode"]);
  assert.is(alone.code, 2);
  assert.match(alone.stderr, "--detailed-exitcode goes with --dry-run");
});

test("destroy says where backups are that no transfer has sent", async ({ fake, file }) => {
  await run(fake, ["launch", file, "--yes"]);
  const { code, stderr } = await run(fake, ["destroy", file, "--yes"]);
  assert.is(code, 2);
  assert.match(stderr, "the last backups of fra-1, fra-2 have not been collected");
  assert.match(stderr, /help: fra-1, fra-2: without `transfer` .* in \/var\/backups\/honeypot/);
  assert.not.match(stderr, "sensorbake collect");
  const done = await run(fake, ["destroy", file, "--yes", "--discard-backups", "--format", "json"]);
  assert.is(done.code, 0, done.stderr);
  const empty = await run(fake, ["destroy", file, "--yes", "--format", "json"]);
  assert.equal(JSON.parse(empty.text).regions, [{ region: "eu-central-1", gone: [], left: [] }]);
});

test("status tells state, checks, drift, strangers and host keys", async ({ fake, file }) => {
  writeFileSync(file, bakedSettings(fake));
  await run(fake, ["launch", file, "--yes"]);
  const [first] = fake.account("eu-central-1").instances.values();
  if (first !== undefined) first.console = consoleText;
  writeFileSync(file, bakedSettings(fake, { sensors: ["fra-1", "fra-3"], password: "other" }));
  const { code, text, stderr } = await run(fake, ["status", file]);
  assert.is(code, 0, stderr);
  const lines = text.split("\n").map((line) => line.replace(/i-\w{17}/, "ID").replace(/ {2,}/g, "  "));
  assert.equal(lines, [
    "SENSOR  REGION  INSTANCE  STATE  CHECKS  ADDRESS  LAUNCHED (UTC)  SETTINGS",
    "fra-1  eu-central-1  ID  running  instance initializing  203.0.113.4  2026-11-24 06:00  a secret in its user-data",
    "fra-3  eu-central-1  -  absent  -  -  -  -",
    `fra-2  eu-central-1  ID  running  instance initializing  203.0.113.7  2026-11-24 06:00  not in ${file}`,
    "fra-1  SHA256:BBuCONqXF/JWo8WWFkCP0aDXT0nW4W9/ueesC3jFt8M (ssh-ed25519)",
    "[203.0.113.4]:12222 ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEClcDqgb0CSq0iKnZyXIBdCRuGIEnwclPkFlSQUDscy",
    "",
  ]);
  const json = JSON.parse((await run(fake, ["status", file, "--format", "json"])).text);
  assert.equal(json.sensors[0].drift, ["a secret in its user-data"]);
  assert.is(json.sensors[0].host_keys[0].type, "ssh-ed25519");
  assert.equal(json.sensors[2].in_settings, false);
});

test("a sensor that has moved to another region is told of in both, and destroyed in both", async ({
  fake,
  file,
}) => {
  const entries = (home: string) => settings({ sensors: [`fra-1, ec2: {region: ${home}}`, "fra-2"] });
  writeFileSync(file, entries("us-east-1"));
  await run(fake, ["launch", file, "--yes"]);
  writeFileSync(file, entries("eu-central-1").replace("fra-2}", "fra-2, ec2: {region: us-east-1}}"));
  const { code, stderr } = await run(fake, ["launch", file, "--yes"]);
  assert.is(code, 0, stderr);
  assert.match(
    stderr,
    /! fra-1: i-\w+ is in us-east-1, but the settings name eu-central-1; destroy removes both/,
  );
  assert.match(
    (await run(fake, ["status", file])).text,
    /^fra-1 +us-east-1 .* the settings name eu-central-1$/m,
  );
  assert.is((await run(fake, ["destroy", file, "--yes", "--discard-backups"])).code, 0);
  const left = ["eu-central-1", "us-east-1"].flatMap((region) => [
    ...fake.account(region).instances.values(),
  ]);
  assert.equal(left.map(({ state, tags }) => `${tags.Name} ${state}`).sort(), [
    "fra-1 terminated",
    "fra-1 terminated",
    "fra-2 terminated",
    "fra-2 terminated",
  ]);
});

needs("script")(test, "asks on a terminal, where only a yes is a yes", async () => {
  const fake = await startFakeEc2();
  const folder = mkdtempSync(join(tmpdir(), "sensorbake-confirm-"));
  const file = join(folder, "sensors.yaml");
  writeFileSync(file, settings());
  const ask = (answer: string): Promise<number | null> => {
    const words = [process.execPath, join(packageRoot(), "dist/sensorbake.js"), "launch", file, "--no-apply"];
    const env = { PATH: process.env.PATH ?? "", HOME: "/nonexistent", ...fake.env };
    const child = spawn("script", ["--quiet", "--return", "--command", words.join(" "), "/dev/null"], {
      env,
    });
    child.stdout.on("data", (chunk: Buffer) => {
      if (chunk.toString().includes("[y/N]")) child.stdin.write(`${answer}\n`);
    });
    return new Promise((resolve) => child.on("close", resolve));
  };
  try {
    assert.is(await ask("no"), 0);
    assert.is(fake.account("eu-central-1").instances.size, 0);
    assert.is(await ask("y"), 0);
    assert.is(fake.account("eu-central-1").instances.size, 2);
  } finally {
    await fake.close();
    rmSync(folder, { recursive: true });
  }
});

test("destroy wants the backups collected, and believes the manifest of collect", async ({
  fake,
  file,
  folder,
}) => {
  await run(fake, ["launch", file, "--yes"]);
  const day = (ago: number) => new Date(Date.now() - ago * 86_400_000).toISOString().slice(0, 10);
  const line = (sensor: string, date: string) =>
    `${JSON.stringify({ sensor, set: "logs", date: `${date}_03-00-00` })}\n`;
  writeFileSync(
    join(folder, "manifest.jsonl"),
    `${line("fra-1", day(0))}${line("fra-2", day(9))}{"sensor":"fra-`,
  );
  const refused = await run(fake, ["destroy", file, "--yes", "--collected", folder]);
  assert.is(refused.code, 2);
  assert.match(refused.stderr, "the last backups of fra-2 have not been collected");
  assert.is(
    [...fake.account("eu-central-1").instances.values()].filter(({ state }) => state === "running").length,
    2,
  );
  writeFileSync(join(folder, "manifest.jsonl"), line("fra-1", day(0)) + line("fra-2", day(1)));
  const done = await run(fake, ["destroy", file, "--yes", "--collected", folder]);
  assert.is(done.code, 0, done.stderr);
  assert.is(done.text.split("\n").filter((text) => text.startsWith("eu-central-1  gone  ")).length, 4);
  const nowhere = await run(fake, ["destroy", file, "--dry-run"]);
  assert.is(nowhere.text, "there are no resources to remove\n");
});

test("Ctrl-C finishes what is in flight, says what exists and exits 130; the next run completes it", async ({
  fake,
  file,
}) => {
  const names = Array.from({ length: 30 }, (_, index) => `fra-${index}`);
  writeFileSync(file, settings({ sensors: names }));
  const child = spawn(
    process.execPath,
    [join(packageRoot(), "dist/sensorbake.js"), "launch", file, "--yes", "--no-apply", "--format", "json"],
    {
      env: { PATH: process.env.PATH ?? "", HOME: "/nonexistent", ...fake.env },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  fake.after = (action) => {
    if (action === "RunInstances" && fake.account("eu-central-1").instances.size === 2) child.kill("SIGINT");
  };
  const output: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => output.push(chunk));
  const code = await new Promise((resolve) => child.on("close", resolve));
  assert.is(code, 130);
  const { sensors } = JSON.parse(Buffer.concat(output).toString());
  const told = sensors.flatMap(({ instance_id }: { instance_id: string | null }) => instance_id ?? []).sort();
  const made = [...fake.account("eu-central-1").instances.keys()].sort();
  assert.ok(made.length >= 2 && made.length < 30, `${made.length} were made`);
  assert.equal(told, made);
  fake.after = () => undefined;
  const next = await run(fake, ["launch", file, "--yes"]);
  assert.is(next.code, 0, next.stderr);
  assert.is(fake.account("eu-central-1").instances.size, 30);
});

const credentials: readonly (readonly [string, string, number, RegExp])[] = [
  [
    "expired credentials",
    "ExpiredToken",
    400,
    /^sensorbake: eu-central-1: these credentials have expired \(DescribeInstances, request [0-9a-f-]+\)\n {2}= help: log in again.*\n$/,
  ],
  [
    "a denied action",
    "UnauthorizedOperation",
    403,
    /^sensorbake: eu-central-1: these credentials are not allowed ec2:DescribeInstances \(.*\)\n {2}= help: `sensorbake launch --print-policy` prints a sufficient policy\n$/,
  ],
  [
    "refused credentials",
    "AuthFailure",
    401,
    /^sensorbake: eu-central-1: AWS does not accept these credentials \(.*\)\n {2}= help: .*\n$/,
  ],
];
for (const [name, refuse, status, message] of credentials)
  test(`${name} is one line and its help, exit 3`, async ({ fake, file }) => {
    fake.fault = () => ({ refuse, status });
    const { code, stderr } = await run(fake, ["launch", file, "--yes"]);
    assert.is(code, 3);
    assert.match(stderr, message);
  });

test("no credentials at all is one line and its help, exit 3", async ({ fake, file }) => {
  const env = {
    AWS_ENDPOINT_URL_EC2: fake.env.AWS_ENDPOINT_URL_EC2 ?? "",
    AWS_EC2_METADATA_DISABLED: "true",
  };
  const { code, stderr } = await sensorbake(["launch", file, "--yes", "--no-apply"], { env });
  assert.is(code, 3);
  assert.match(
    stderr,
    /^sensorbake: eu-central-1: no AWS credentials were found \(DescribeInstances\)\n {2}= help: set AWS_PROFILE.*--print-policy`\n$/,
  );
});

test("a file without a sensor of EC2, or without its region, is wrong usage", async ({ fake }) => {
  const none = await run(fake, ["launch", "examples/minimal.yaml", "--yes"]);
  assert.is(none.code, 2);
  assert.match(none.stderr, "no sensor of examples/minimal.yaml has target: ec2");
  const homeless = await run(fake, ["launch", "examples/fleet.yaml", "--sensor", "nyc-vps", "--yes"]);
  assert.is(homeless.code, 2);
  assert.match(homeless.stderr, "no region is written for nyc-vps");
  assert.is((await run(fake, ["launch"])).code, 2);
});

test("only the commands of EC2 load the SDK", () => {
  const folder = join(packageRoot(), "dist");
  const texts = new Map(readdirSync(folder).map((name) => [name, readFileSync(join(folder, name), "utf8")]));
  const importsOf = (text: string) =>
    [...text.matchAll(/\b(?:from|import)\s*"\.\/([^"]+)"/g)].map(([, name]) => name ?? "");
  const reach = (name: string, seen = new Set<string>()): ReadonlySet<string> => {
    if (seen.has(name)) return seen;
    seen.add(name);
    for (const next of importsOf(texts.get(name) ?? "")) reach(next, seen);
    return seen;
  };
  const loads = (name: string) =>
    [...reach(name)].some((chunk) => /from\s*"@aws-sdk/.test(texts.get(chunk) ?? ""));
  const starts = [...texts.keys()].filter((name) => /^(sensorbake|run-(?!ec2))/.test(name));
  assert.equal(
    starts
      .filter(loads)
      .map((name) => name.replace(/-[\w-]{8}\.js$/, ""))
      .sort(),
    ["run-destroy", "run-launch", "run-status"],
  );
});

const consoleText = `-----BEGIN SSH HOST KEY FINGERPRINTS-----
256 SHA256:BBuCONqXF/JWo8WWFkCP0aDXT0nW4W9/ueesC3jFt8M root@fra-1 (ED25519)
-----END SSH HOST KEY FINGERPRINTS-----
-----BEGIN SSH HOST KEY KEYS-----
ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEClcDqgb0CSq0iKnZyXIBdCRuGIEnwclPkFlSQUDscy root@fra-1
-----END SSH HOST KEY KEYS-----
`;

test.run();
