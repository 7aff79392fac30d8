import { spawnSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { packageRoot } from "../../src/load/read-release.ts";
import { needs } from "../support/needs.ts";
import { sensorbake } from "../support/sensorbake.ts";

const test = suite("cli/usage");

const wrong: readonly (readonly [name: string, words: readonly string[], message: RegExp])[] = [
  ["a command that does not exist", ["biuld"], /unknown command 'biuld'.*Did you mean build\?/s],
  [
    "help for a command that does not exist",
    ["help", "biuld"],
    /unknown command 'biuld'.*Did you mean build\?/s,
  ],
  ["--help for a command that does not exist", ["biuld", "--help"], /unknown command 'biuld'/],
  [
    "an option that does not exist",
    ["check", "examples/minimal.yaml", "--strickt"],
    /unknown option '--strickt'/,
  ],
  ["a missing file name", ["check"], /missing required argument 'file'/],
  ["two file names", ["check", "a", "b"], /too many arguments/],
  [
    "a format that does not exist",
    ["check", "examples/minimal.yaml", "--format", "xml"],
    /Allowed choices are text, json/,
  ],
];
for (const [name, words, message] of wrong)
  test(`${name} is exit 2 with a line that helps`, async () => {
    const { code, stdout, stderr } = await sensorbake(words);
    assert.is(code, 2);
    assert.is(stdout.toString(), "");
    assert.match(stderr, message);
    assert.match(stderr, /--help/);
  });

test("--help names every command and the exit codes, on standard output", async () => {
  const { code, stdout } = await sensorbake(["--help"]);
  assert.is(code, 0);
  for (const word of ["check", "build", "user-data", "schema", "Exit codes"])
    assert.match(stdout.toString(), word);
});

test("help with a command shows that command's options", async () => {
  const { code, stdout } = await sensorbake(["help", "check"]);
  assert.is(code, 0);
  assert.match(stdout.toString(), /^Usage: sensorbake check .*--strict/s);
});

test("--version is the package's", async () => {
  const { stdout } = await sensorbake(["--version"]);
  assert.is(stdout.toString(), `${JSON.parse(readFileSync("package.json", "utf8")).version}\n`);
});

test("a sensor that is not in the file is exit 1 and names those that are", async () => {
  const { code, stderr } = await sensorbake(["user-data", "examples/fleet.yaml", "--sensor", "fra-vsp"]);
  assert.is(code, 1);
  assert.match(stderr, /did you mean fra-vps\?/);
});

test("Ctrl-C ends a check in the middle", async () => {
  const [head = ""] = readFileSync("examples/ec2.yaml", "utf8").split("sensors:\n");
  const names = Array.from({ length: 1000 }, (_, index) => `  - name: sensor-${index}\n`).join("");
  // So large that each sensor must be compiled.
  const ports = Array.from({ length: 900 }, (_, index) => 60_000 - ((index * index * 7) % 59_999));
  const large = `  capture: {exclude_ports: [${ports.join(", ")}]}\n`;
  const input = `${head}${large}sensors:\n${names}`;
  const { code, stderr } = await sensorbake(["check", "-"], { interruptReading: { input, afterMs: 500 } });
  assert.is(code, 130, stderr);
});

test("a settings file that does not exist is exit 3", async () => {
  const { code, stdout } = await sensorbake(["check", "nowhere.yaml"]);
  assert.is(code, 3);
  assert.match(stdout.toString(), /source\/missing/);
});

test("check answers on standard output and in JSON when asked", async () => {
  const { code, stdout } = await sensorbake(["check", "examples/fleet.yaml", "--format", "json"]);
  assert.is(code, 0);
  const found = JSON.parse(stdout.toString()).map(({ code, line }: Record<string, unknown>) => [code, line]);
  assert.equal(found, [
    ["access/example-key", 11],
    ["access/unreachable-network", 12],
    ["access/unreachable-network", 12],
  ]);
});

test("user-data prints the same bytes as build writes", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sensorbake-usage-"));
  try {
    const built = await sensorbake(["build", "examples/fleet.yaml", "-o", join(folder, "out")]);
    assert.is(built.code, 0, built.stderr);
    for (const [sensor, file] of [
      ["fra-vps", "user-data"],
      ["nyc-vps", "user-data"],
      ["lab-vm", "user-data"],
    ] as const) {
      const { code, stdout, stderr } = await sensorbake([
        "user-data",
        "examples/fleet.yaml",
        "--sensor",
        sensor,
      ]);
      assert.is(code, 0, stderr);
      assert.is(stdout.compare(readFileSync(join(folder, "out", sensor, file))), 0, sensor);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("user-data needs --sensor only where there are several sensors", async () => {
  assert.is((await sensorbake(["user-data", "examples/minimal.yaml"])).code, 0);
  const { code, stdout, stderr } = await sensorbake(["user-data", "examples/fleet.yaml"]);
  assert.is(code, 2);
  assert.is(stdout.length, 0);
  assert.match(stderr, "--sensor (fra-vps, nyc-vps, lab-vm)");
});

test("user-data is compressed where the plain text is too large, and JSON has it as base64", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sensorbake-usage-"));
  try {
    const keys = Array.from({ length: 200 }, () => {
      const start = Buffer.from("0000000b7373682d6564323535313900000020", "hex");
      return `ssh-ed25519 ${Buffer.concat([start, randomBytes(32)]).toString("base64")}`;
    });
    const admin = { ssh_keys: keys, allow_from: ["203.0.113.0/24"] };
    const file = join(folder, "sensors.yaml");
    writeFileSync(file, JSON.stringify({ version: 1, sensors: [{ name: "a", target: "ec2", admin }] }));
    const raw = await sensorbake(["user-data", file]);
    assert.match(gunzipSync(raw.stdout).toString(), /^#cloud-config\n/);
    const built = await sensorbake(["build", file, "--output", join(folder, "out")]);
    assert.is(built.code, 0, built.stderr);
    const plain = readFileSync(join(folder, "out/a/user-data"));
    assert.is(gunzipSync(readFileSync(join(folder, "out/a/user-data.gz"))).compare(plain), 0);
    const json = await sensorbake(["user-data", file, "--format", "json"]);
    const [sensor] = JSON.parse(json.stdout.toString()).sensors;
    assert.is(sensor.encoding, "base64");
    assert.is(Buffer.from(sensor.user_data, "base64").compare(raw.stdout), 0);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a reader that closes the pipe early is not a failure", () => {
  const { status, stderr } = spawnSync(
    "bash",
    [
      "-c",
      "set -o pipefail; node dist/sensorbake.js user-data examples/minimal.yaml --sensor sensor-1 | head -n 1",
    ],
    { encoding: "utf8" },
  );
  assert.is(status, 0, stderr);
  assert.not.match(stderr, "EPIPE");
});

test("a full disk at the result is one line and exit 3", () => {
  for (const words of ["schema", "explain examples/minimal.yaml"]) {
    const command = `node dist/sensorbake.js ${words} > /dev/full`;
    const { status, stderr } = spawnSync("bash", ["-c", command], { encoding: "utf8" });
    assert.is(status, 3);
    assert.equal(stderr.match(/^sensorbake: .*\n/gm), ["sensorbake: no space left on the disk\n"]);
  }
});

test("help of every command ends with examples that the command accepts", async () => {
  const { stdout } = await sensorbake(["--help"]);
  const commands = [...stdout.toString().matchAll(/^ {2}([a-z-]+) /gm)].map(([, name]) => name ?? "");
  assert.ok(commands.length > 15, commands.join(" "));
  const folder = mkdtempSync(join(tmpdir(), "sensorbake-examples-"));
  try {
    for (const command of commands.filter((name) => name !== "help")) {
      const help = (await sensorbake(["help", command])).stdout.toString();
      // Without a terminal, the help is 80 columns wide.
      assert.equal(
        help.split("\n").filter((line) => line.length > 80),
        [],
        command,
      );
      const examples =
        help
          .split(/Examples?:\n/)[1]
          ?.trim()
          .split(/\n +/) ?? [];
      assert.ok(examples.length > 0, command);
      // It would ask a server.
      if (command === "known-host") continue;
      for (const example of examples) {
        const words = example
          .replace(/ >>? .*/, "")
          .split(" ")
          .slice(1);
        const { stderr } = await sensorbake(words, { cwd: folder });
        assert.not.match(
          stderr,
          /unknown option|unknown command|too many arguments|missing required|not specified/,
          example,
        );
      }
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});

needs("script", "stty")(test, "no line of a help is too long to read on a wide terminal", () => {
  for (const words of ["--help", "flash --help", "packer --help"]) {
    const command = `stty columns 200; exec ${process.execPath} dist/sensorbake.js ${words}`;
    const { stdout } = spawnSync("script", ["--quiet", "--return", "--command", command, "/dev/null"], {
      cwd: packageRoot(),
    });
    const lengths = stdout
      .toString()
      .split(/\r?\n/)
      .map(({ length }) => length);
    assert.ok(Math.max(...lengths) <= 100, `${words}: ${lengths}`);
    // Wider than without a terminal.
    assert.ok(Math.max(...lengths) > 80, `${words}: ${lengths}`);
  }
});

test("help does not say that a switch is off unless it is given", async () => {
  for (const command of ["build", "check", "image", "launch"])
    assert.not.match((await sensorbake([command, "--help"])).stdout.toString(), /false/);
});

test("asks only for the secrets of the selected sensors", async () => {
  const { code, stderr } = await sensorbake(["launch", "examples/pi.yaml", "--yes"]);
  assert.is(code, 2);
  assert.match(stderr, /no sensor of examples\/pi\.yaml has target: ec2/);
});

test("user-data needs no --sensor where there is only one", async () => {
  const { code, stdout } = await sensorbake(["user-data", "examples/minimal.yaml"]);
  assert.is(code, 0);
  assert.match(stdout.toString(), /^#cloud-config\n/);
});

test("user-data of several sensors asks which, and prints all as JSON", async () => {
  const text = await sensorbake(["user-data", "examples/fleet.yaml"]);
  assert.is(text.code, 2);
  assert.match(text.stderr, /choose one with --sensor \(fra-vps, /);
  const words = ["user-data", "examples/fleet.yaml", "--sensor", "lab-vm", "--sensor", "nyc-vps"];
  const { code, stdout } = await sensorbake([...words, "--format", "json"]);
  assert.is(code, 0);
  const { sensors, diagnostics } = JSON.parse(stdout.toString());
  assert.equal(
    sensors.map(({ sensor, encoding }: { sensor: string; encoding: string }) => [sensor, encoding]),
    [
      ["nyc-vps", "text"],
      ["lab-vm", "text"],
    ],
  );
  assert.not.match(JSON.stringify(diagnostics), "error");
});

test("kql warns of sensors that ship no logs", async () => {
  const { code, stdout, stderr } = await sensorbake(["kql", "examples/minimal.yaml"]);
  assert.is(code, 0);
  assert.ok(stdout.length > 0);
  assert.match(stderr, /warning: .*sensor-1 are not shipped.* \[siem\/not-shipped\]/);
  const json = JSON.parse(
    (await sensorbake(["kql", "examples/minimal.yaml", "--format", "json"])).stdout.toString(),
  );
  assert.ok(json.diagnostics.some(({ code }: { code: string }) => code === "siem/not-shipped"));
  assert.ok(json.queries.length > 0);
});

const readers: readonly (readonly string[])[] = [
  ["build", "FILE", "-o", "OUT"],
  ["build", "FILE", "-o", "OUT", "--check"],
  ["user-data", "FILE"],
  ["explain", "FILE"],
  ["kql", "FILE"],
  ["monitoring", "FILE", "-o", "OUT"],
  ["packer", "FILE", "-o", "OUT"],
  ["preflight", "FILE"],
  ["collect", "FILE", "--into", "OUT"],
  ["image", "--seed", "FILE", "-o", "OUT", "--all"],
  ["launch", "FILE", "--yes"],
  ["launch", "FILE", "--dry-run"],
  ["apply", "FILE"],
  ["status", "FILE"],
  ["destroy", "FILE", "--yes"],
];
for (const words of readers)
  test(`${words.join(" ")} answers with diagnostics as JSON in snake_case when asked for JSON`, async () => {
    const folder = mkdtempSync(join(tmpdir(), "sensorbake-usage-"));
    try {
      const file = join(folder, "wrong.yaml");
      writeFileSync(file, "version: 1\nsensors:\n  - {name: a, target: pi, telent: true}\n");
      const given = words.map((word) => ({ FILE: file, OUT: join(folder, "out") })[word] ?? word);
      const { code, stdout, stderr } = await sensorbake([...given, "--format", "json"]);
      assert.is(code, 1, stderr);
      const { diagnostics } = JSON.parse(stdout.toString());
      assert.equal(
        diagnostics.map(({ code, line, end_column }: Record<string, unknown>) => [code, line, end_column]),
        [["settings/unknown-key", 3, 33]],
      );
      assert.is(stderr, "");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

test("a warning is part of a JSON result", async () => {
  const { stdout, stderr } = await sensorbake(["explain", "examples/transfer.yaml", "--format", "json"]);
  const { sensors, diagnostics } = JSON.parse(stdout.toString());
  assert.ok(sensors.length > 0);
  assert.ok(Array.isArray(diagnostics));
  assert.is(stderr, "");
});

test("--sensor may be repeated, and every name must be known", async () => {
  const words = ["explain", "examples/fleet.yaml", "--format", "json"];
  const two = await sensorbake([...words, "--sensor", "lab-vm", "--sensor", "fra-vps"]);
  const names = JSON.parse(two.stdout.toString()).sensors.map(({ sensor }: { sensor: string }) => sensor);
  assert.equal(names, ["fra-vps", "lab-vm"]);
  const list = await sensorbake([...words, "--sensor", "lab-vm,fra-vps"]);
  assert.is(JSON.parse(list.stdout.toString()).sensors.length, 2);
  const wrong = await sensorbake([...words, "--sensor", "lab-vm", "--sensor", "fra-vsp", "--sensor", "x"]);
  assert.is(wrong.code, 1);
  assert.equal(
    JSON.parse(wrong.stdout.toString())
      .diagnostics.filter(({ severity }: { severity: string }) => severity === "error")
      .map(({ message }: { message: string }) => message),
    ['no sensor is named "fra-vsp"', 'no sensor is named "x"'],
  );
});

test("no colour without a terminal", async () => {
  const { stdout } = await sensorbake(["check", "nowhere.yaml"], { env: { NO_COLOR: "" } });
  assert.not(stdout.includes(0x1b));
});

test.run();
