import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import * as assert from "uvu/assert";
import { packageRoot } from "../../src/load/read-release.ts";
import { startFakeEc2 } from "../support/fake-ec2/server.ts";
import { isChange, launchSuite, run, settings } from "../support/launch-command.ts";
import { needs } from "../support/needs.ts";

const test = launchSuite("cli/launch");

// More keys than the user-data of EC2 can hold besides our programs.
const manyKeys = Array.from({ length: 150 }, () => {
  const blob = Buffer.concat([Buffer.from("0000000b7373682d6564323535313900000020", "hex"), randomBytes(32)]);
  return `ssh-ed25519 ${blob.toString("base64")}`;
});

test("creates nothing before the programs are at the URL from which the sensor will fetch them", async ({
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

test("shows the plan before it creates anything: resources, price and rules", async ({ fake, file }) => {
  const { code, stderr, text } = await run(fake, ["launch", file]);
  assert.is(code, 2);
  assert.is(text, "");
  for (const part of [
    /^eu-central-1:$/m,
    /security group sensorbake-[0-9a-f]{16} \(new, in vpc-00000001\)/,
    /in {3}icmp, icmpv6, tcp 0-12221, tcp 12223-65535, udp 0-65535: everyone; tcp 12222: 9\.9\.9\.0\/24/,
    /out {2}tcp 443, tcp 53, tcp 80, udp 123, udp 53: everyone/,
    /\+ fra-1: t3\.small, ami-00000002, 20 GB, user-data \d+ bytes \(\d+ % of EC2's limit\)/,
    /IMDSv2 only, one hop, no instance profile, an encrypted gp3 volume that is deleted with it/,
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
  const answers = yes.text.slice(yes.text.indexOf("REGION"));
  assert.equal(answers.replace(/sensorbake-[0-9a-f]{16}/g, "NAME").split("\n"), [
    "REGION        CALL                  RESOURCE                     ALLOWED",
    "eu-central-1  CreateSecurityGroup   NAME  yes",
    "eu-central-1  CreateLaunchTemplate  NAME  yes",
    "eu-central-1  RunInstances          fra-1                        yes",
    "eu-central-1  RunInstances          fra-2                        yes",
    "",
  ]);
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

test("Ctrl-C finishes running calls, lists the resources and exits 130; the next run completes them", async ({
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
  const listed = sensors
    .flatMap(({ instance_id }: { instance_id: string | null }) => instance_id ?? [])
    .sort();
  const made = [...fake.account("eu-central-1").instances.keys()].sort();
  assert.ok(made.length >= 2 && made.length < 30, `${made.length} were made`);
  assert.equal(listed, made);
  fake.after = () => undefined;
  const next = await run(fake, ["launch", file, "--yes"]);
  assert.is(next.code, 0, next.stderr);
  assert.is(fake.account("eu-central-1").instances.size, 30);
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
    ["run-destroy", "run-launch"],
  );
});

test.run();
