import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { bytesOf } from "../../src/artifacts/artifact.ts";
import { compile } from "../../src/artifacts/compile.ts";
import { guides } from "../../src/artifacts/guides/guides.ts";
import { openingsOf, rulesOf } from "../../src/artifacts/guides/openings.ts";
import { command, kept, quote, shellLines } from "../../src/artifacts/guides/shell.ts";
import { loadSettings } from "../../src/load/load.ts";
import { readRelease } from "../../src/load/read-release.ts";
import { type TargetName, targetNames } from "../../src/values/target-names.ts";
import { ed25519Key } from "../support/keys.ts";
import { needs } from "../support/needs.ts";
import { execute } from "../support/scratch-root.ts";
import { virtualWorld } from "../support/virtual-world.ts";

// README.txt of each target: its commands can be pasted, and the providers' own tools accept them.

const test = suite("artifacts/guides");
const release = await readRelease();
let folder: string;
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), "sensorbake-guides-"));
});
test.after.each(() => rmSync(folder, { recursive: true, force: true }));

const publicKey = `${ed25519Key.split(" ").slice(0, 2).join(" ")} it's "$(id)" \`id\` $HOME`;
const transfer = {
  host: "192.0.2.9",
  user: "sensor",
  path: "/archives",
  host_key: ed25519Key,
  generate_key: true,
};
const canary = "CANARY0secret";

/** The files of one sensor, in a folder of their own. */
async function build(
  target: TargetName,
  more: object = {},
): Promise<{ readonly readme: string; readonly at: string }> {
  const os =
    target === "pi" ? "raspios-13" : target === "gcp" || target === "oracle" ? "ubuntu-24.04" : "debian-13";
  const admin = { ssh_keys: [publicKey], allow_from: ["203.0.113.0/24", "2001:db8::/32"] };
  const sensor = {
    name: "attic",
    target,
    os,
    admin,
    backup: { password: { env: "SECRET" } },
    transfer,
    ...more,
  };
  const world = virtualWorld(
    { "s.yaml": JSON.stringify({ version: 1, sensors: [sensor] }) },
    { environment: { SECRET: canary } },
  );
  const { sensors, diagnostics } = await loadSettings("s.yaml", world, { readSecrets: true });
  const [first] = sensors;
  if (first === undefined) throw new Error(JSON.stringify(diagnostics));
  const result = compile(first.plan, first.secrets, release);
  if (result.kind === "too-large") throw new Error("too large");
  const at = mkdtempSync(join(folder, "sensor-"));
  for (const file of result.artifacts) writeFileSync(join(at, file.path), bytesOf(file));
  return { readme: readFileSync(join(at, "README.txt"), "utf8"), at };
}

/** The lines to paste of the step whose text matches. */
function commandsOf(readme: string, step: RegExp): string {
  const lines = readme.split("\n");
  const begin = lines.findIndex((line) => /^ {2}\d+\. /.test(line) && step.test(line));
  if (begin === -1) throw new Error(`no step ${step} in\n${readme}`);
  const rest = lines.slice(begin + 1);
  const end = rest.findIndex((line) => !/^( {4}| {6})\S/.test(line));
  return rest.slice(0, end).join("\n");
}

const providers = targetNames.filter((name) => name !== "nocloud" && name !== "pi");
// A guide may name a second program: "vultr-cli and jq".
const tools = providers.map((name) => guides[name].tool.split(" ")[0] ?? "");

/** Runs lines as a person would paste them, with a stand-in for each tool that records its words and prints an id. */
async function paste(lines: string, at: string): Promise<readonly (readonly string[])[]> {
  const bin = join(at, "bin");
  const calls = join(at, "calls");
  for (const path of [bin, calls]) mkdirSync(path);
  const record = `#!/bin/bash\nprintf '%s\\0' "\${0##*/}" "$@" > "${calls}/$(date +%s%N)"\n`;
  for (const tool of tools) {
    const answer = tool === "vultr-cli" ? '{"firewall_group": {"id": "the-id"}}' : "the-id";
    writeFileSync(join(bin, tool), `${record}printf '%s\\n' '${answer}'\n`, { mode: 0o755 });
  }
  const words = ["-C", at, "sh", "-euc", lines];
  const { code, stderr } = await execute("env", words, { PATH: `${bin}:${process.env.PATH}`, HOME: at });
  assert.is(code, 0, stderr);
  return readdirSync(calls)
    .sort()
    .map((name) => readFileSync(join(calls, name), "utf8").split("\0").slice(0, -1));
}

// Words in capitals that belong to a provider's tool.
const notReplaced = new Set(["ACCEPT", "DROP", "ICMP", "INGRESS", "TCP", "UDP"]);

for (const target of providers)
  test(`${target}: README.txt explains each word to replace`, async () => {
    const { readme } = await build(target);
    const commands = commandsOf(readme, /^ {2}1\. Create/);
    const written = [...commands.matchAll(/(?<=\s)[A-Z]{3,}(?:_[A-Z]+)*(?=\s|$)/g)].map(([word]) => word);
    for (const word of new Set(written.filter((one) => !notReplaced.has(one))))
      assert.match(
        readme,
        `Replace ${word}: `,
        `${word} must be a word of a command and a key of "unknown" in the guide of ${target}`,
      );
  });

for (const target of providers)
  needs(
    "sh",
    "bash",
    "jq",
    "openssl",
  )(
    test,
    `${target}: the commands can be pasted, hand over the user-data, and keep a hostile key in one word`,
    async () => {
      const { readme, at } = await build(target);
      const calls = await paste(commandsOf(readme, /^ {2}1\. Create/), at);
      const last = calls.at(-1) ?? [];
      const given = last.join("\n");
      const isContent = target === "vultr" || target === "linode";
      if (isContent)
        assert.ok(
          given.includes(
            readFileSync(join(at, target === "linode" ? "user-data.base64" : "user-data"), "utf8").trimEnd(),
          ),
        );
      else
        assert.match(
          given,
          /(^|=|\/\/)user-data(\.gz)?(\.base64)?$/m,
          `the last command of \`create\` must name the file \`userData\`: ${given}`,
        );
      if (["linode", "azure"].includes(target)) assert.ok(last.includes(publicKey), given);
      assert.not.ok(readme.includes(canary));
      // The firewall exists before the machine.
      if (target !== "gcp")
        assert.ok(calls.length > 1, `\`create\` must make the firewall from \`openings\` before the machine`);
      const all = calls.flat().join("\n");
      for (const network of ["203.0.113.0", "2001:db8::"])
        assert.ok(
          target === "gcp" && network.includes("::") ? true : all.includes(network),
          `${network} of \`openings\` is not in the firewall`,
        );
      for (const range of [/\b1\D+12221\b/, /\b12223\D+65535\b/, /\b12222\b/])
        assert.match(all, range, `the ports ${range} of \`openings\` are not in the firewall`);
      const addresses = await build(target);
      assert.is((await paste(commandsOf(addresses.readme, /address:$/), addresses.at)).length, 1);
    },
  );

const boundaries: readonly (readonly [port: number, tcp: readonly (readonly [number, number])[]])[] = [
  [
    12_222,
    [
      [1, 12_221],
      [12_223, 65_535],
    ],
  ],
  [1, [[2, 65_535]]],
  [65_535, [[1, 65_534]]],
];
for (const [sshPort, tcp] of boundaries)
  test(`the firewall leaves a gap at admin port ${sshPort}`, () => {
    const admin = { user: "a", sshPort, sshKeys: [], allowFrom: ["203.0.113.7", "2001:db8::/32"] };
    const openings = openingsOf(admin);
    assert.equal(openings.tcp, tcp);
    assert.equal(openings.admin, { v4: ["203.0.113.7/32"], v6: ["2001:db8::/32"] });
    const reaching = rulesOf(openings).filter(
      ({ protocol, ports: [first, last] = [0, -1] }) =>
        protocol === "tcp" && first <= sshPort && sshPort <= last,
    );
    assert.equal(
      reaching.map(({ network }) => network),
      ["203.0.113.7/32", "2001:db8::/32"],
    );
    const everywhere = openingsOf({ ...admin, allowFrom: "anywhere" });
    assert.equal([everywhere.tcp, everywhere.admin], [[[1, 65_535]], { v4: [], v6: [] }]);
  });

needs("sh")(test, "a quoted word means itself in a shell, whatever it holds", () => {
  for (const word of [
    "plain",
    "",
    "it's",
    "a b",
    "$(id)",
    "`id`",
    "\\",
    '"',
    "a\nb",
    "*",
    "~",
    "!x",
    "#",
    "é",
  ])
    assert.is(execFileSync("sh", ["-c", `printf %s ${quote(word)}`], { encoding: "utf8" }), word);
});

test("in a command template a value is one word or part of one, and a list is several", () => {
  const { words } =
    command`tool  --name ${"a b"} --pair key=${"$(id) x"},end ${["-v", "c d"]} ${kept("ID")} ${[]}
    --last`;
  assert.equal(words, [
    "tool",
    "--name",
    "a b",
    "--pair",
    "key=$(id) x,end",
    "-v",
    "c d",
    { kind: "evaluated", text: '"$ID"' },
    "--last",
  ]);
});

test("a long command continues before an option, never between an option and its value", () => {
  const words = ["tool", "--first", "a".repeat(60), "--second", "b c", "--third"];
  assert.equal(shellLines({ words, keep: "ID" }, 85), [
    `ID=$(tool --first ${"a".repeat(60)} \\`,
    "  --second 'b c' --third)",
  ]);
});

test("each README names the steps after the creation that its sensor needs", async () => {
  for (const target of targetNames) {
    const waiting = await build(target, { delivery: "ssh" });
    const address = "--address ADDRESS";
    assert.match(waiting.readme, `sensorbake apply SETTINGS.yaml --sensor attic ${address}\n`);
    assert.match(waiting.readme, "sudo honeypot-status --wait\n");
    assert.match(waiting.readme, "cat /etc/honeypot/transfer_key.pub > attic.pub\n");
    assert.match(waiting.readme, "On the backup server 192.0.2.9");
    assert.match(waiting.readme, "except port 12222");
    const known = await build(target, { delivery: "ssh", address: "192.0.2.44", transfer: undefined });
    assert.match(known.readme, "sensorbake apply SETTINGS.yaml --sensor attic\n");
    assert.not.match(known.readme, "ADDRESS");
    assert.not.match(known.readme, "transfer_key");
  }
  const direct = await build("digitalocean", { transfer: undefined });
  assert.not.match(direct.readme, "sensorbake apply");
});

test("on EC2 with a region, launch creates the machine and sends by itself", async () => {
  const { readme } = await build("ec2", { ec2: { region: "eu-central-1" } });
  assert.match(readme, "sensorbake launch SETTINGS.yaml --sensor attic\n");
  assert.not.match(readme, /sensorbake apply|aws ec2/);
});

test("for a Pi it names the image, the commands with the settings file, and the card", async () => {
  const { readme } = await build("pi");
  const file = "2025-11-24-raspios-trixie-arm64-lite.img.xz";
  assert.match(readme, `/${file}\n`);
  assert.match(readme, `sha256sum --check ${file}.sha256\n`);
  assert.match(readme, `sensorbake image ${file} --settings SETTINGS.yaml --sensor attic -o attic.img\n`);
  assert.match(readme, "sensorbake flash attic.img /dev/DEVICE\n");
  const { readme: ubuntu } = await build("pi", { os: "ubuntu-24.04" });
  assert.match(ubuntu, "https://cdimage.ubuntu.com/releases/24.04/release/");
});

test("Oracle has no image of Debian: its README says so, and asks for one", async () => {
  const { readme } = await build("oracle", { os: "debian-13" });
  assert.match(readme, "Replace IMAGE_ID:");
  assert.not.match((await build("oracle")).readme, "Replace IMAGE_ID:");
});

const clis = resolve(".cache/cloud-clis/bin");
for (const [target, tool, option] of [
  ["openstack", "openstack", "--ethertype"],
  ["azure", "az", "--name"],
] as const)
  needs(join(clis, tool), "sh")(
    test,
    `${target}: its own tool takes every command of README.txt`,
    async () => {
      const { readme, at } = await build(target);
      const lines = `${commandsOf(readme, /^ {2}1\. Create/)}\n${commandsOf(readme, /address:$/)}`;
      const calls = (await paste(lines, at)).map(([, ...words]) => words);
      const misspelt = (calls.find((words) => words.includes(option)) ?? []).map((word) =>
        word === option ? `${option}s` : word,
      );
      writeFileSync(join(at, "commands.json"), JSON.stringify([...calls, misspelt]));
      const script = `'${clis}/python' '${resolve("test/support/parse-cloud-commands.py")}' ${tool} < commands.json`;
      const { stdout, stderr } = await execute("env", ["-C", at, "sh", "-c", script], {
        PATH: process.env.PATH,
        HOME: at,
      });
      assert.equal(JSON.parse(stdout), [...calls.map(() => true), false], stderr);
    },
  );

for (const [target, tool] of [
  ["linode", "linode-cli"],
  ["oracle", "oci"],
] as const)
  needs(join(clis, tool), "sh", "openssl")(
    test,
    `${target}: its own tool sends what README.txt means`,
    async () => {
      const { readme, at } = await build(target, { address: undefined });
      const seen: { readonly path: string; readonly body: Record<string, unknown> }[] = [];
      const server = createServer(async (request, response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk);
        const text = Buffer.concat(chunks).toString();
        if (text !== "") seen.push({ path: request.url ?? "", body: JSON.parse(text) });
        const answer =
          request.method === "GET"
            ? [{ id: "ocid1.image" }]
            : { id: target === "linode" ? 77 : "ocid1.made" };
        response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(answer));
      });
      await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
      const { port } = server.address() as AddressInfo;
      mkdirSync(join(at, "bin"));
      execFileSync("openssl", ["genrsa", "-out", join(at, "key.pem"), "2048"], { stdio: "ignore" });
      const config = [
        "[DEFAULT]",
        "user=ocid1.user.oc1..aaaa",
        "tenancy=ocid1.tenancy.oc1..aaaa",
        "region=eu-frankfurt-1",
        `key_file=${at}/key.pem`,
      ];
      writeFileSync(join(at, "config"), [...config, `fingerprint=${"00:".repeat(15)}00`, ""].join("\n"), {
        mode: 0o600,
      });
      const options =
        tool === "oci" ? `--config-file '${at}/config' --endpoint http://127.0.0.1:${port}` : "";
      writeFileSync(join(at, "bin", tool), `#!/bin/sh\nexec '${clis}/${tool}' ${options} "$@"\n`, {
        mode: 0o755,
      });
      const lines = commandsOf(readme, /^ {2}1\. Create/);
      const { code, stderr } = await execute("env", ["-C", at, "sh", "-euc", lines], {
        PATH: `${at}/bin:${process.env.PATH}`,
        HOME: at,
        SUPPRESS_LABEL_WARNING: "True",
        LINODE_CLI_TOKEN: "none",
        LINODE_CLI_API_HOST: `127.0.0.1:${port}`,
        LINODE_CLI_API_SCHEME: "http",
      });
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      assert.is(code, 0, stderr);
      const userData = readFileSync(join(at, "user-data")).toString("base64");
      const machine = seen.at(-1)?.body ?? {};
      if (target === "linode") {
        assert.equal(machine.metadata, { user_data: userData });
        assert.equal(machine.authorized_keys, [publicKey]);
        assert.equal([machine.image, machine.label, machine.firewall_id], ["linode/debian13", "attic", 77]);
        const { inbound, inbound_policy } = (seen[0]?.body.rules ?? {}) as {
          inbound: { ports?: string }[];
          inbound_policy: string;
        };
        assert.is(inbound_policy, "DROP");
        assert.equal(
          inbound.map(({ ports }) => ports),
          ["1-12221,12223-65535", "1-65535", undefined, "12222"],
        );
      } else {
        assert.equal(machine.metadata, { user_data: userData });
        assert.equal((machine.createVnicDetails as { nsgIds: unknown }).nsgIds, ["ocid1.made"]);
        assert.equal(machine.imageId, "ocid1.image");
        assert.is(((seen[1]?.body.securityRules ?? []) as unknown[]).length, 10);
      }
    },
  );

test.run();
