import { chmod, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { OutsideError } from "../../src/diagnostics/outside-error.ts";
import { readTofuAddresses } from "../../src/machines/tofu-addresses.ts";
import { execute } from "../support/scratch-root.ts";
import { tofuEnvironment, withTofu } from "../support/tofu.ts";

const test = suite("machines/tofu-addresses");
const path = process.env.PATH;
const { signal } = new AbortController();
let folder: string;

test.before.each(async () => {
  folder = await mkdtemp(join(tmpdir(), "sensorbake-tofu-"));
});
test.after.each(async () => {
  process.env.PATH = path;
  await rm(folder, { recursive: true });
});

/** OpenTofu's state with this output. */
async function withOutput(value: string): Promise<void> {
  process.env.PATH = tofuEnvironment.PATH;
  await writeFile(join(folder, "main.tf"), `output "addresses" {\n  value = ${value}\n}\n`);
  const words = [`-chdir=${folder}`, "apply", "-auto-approve", "-no-color"];
  const { code, stderr } = await execute("tofu", words, { ...process.env, ...tofuEnvironment }, 300);
  assert.is(code, 0, stderr);
}

/** A stand-in that prints this answer. */
async function withProgram(name: string, body: string): Promise<void> {
  const file = join(folder, name);
  await writeFile(file, `#!/bin/sh\n${body}\n`);
  await chmod(file, 0o755);
  process.env.PATH = `${folder}:/usr/bin:/bin`;
}

async function refusal(): Promise<OutsideError> {
  try {
    await readTofuAddresses(folder, signal);
  } catch (error) {
    if (error instanceof OutsideError) return error;
    throw error;
  }
  throw new Error("it was accepted");
}

withTofu(test, "reads the output of an applied configuration", async () => {
  await withOutput('{ fra-vps = "192.0.2.7", attic-pi = "2001:db8::7", later = "", none = null }');
  assert.equal(
    await readTofuAddresses(folder, signal),
    new Map([
      ["fra-vps", "192.0.2.7"],
      ["attic-pi", "2001:db8::7"],
    ]),
  );
});

withTofu(test, "refuses an output that is no map, and names the form", async () => {
  await withOutput('["192.0.2.7"]');
  const { message, hint } = await refusal();
  assert.match(message, "is not a map of addresses");
  assert.match(hint ?? "", 'output "addresses"');
});

withTofu(test, "repeats OpenTofu's own words about a configuration without the output", async () => {
  process.env.PATH = tofuEnvironment.PATH;
  assert.match((await refusal()).message, /^tofu output: .*(No outputs|not found|no outputs)/i);
});

test("refuses an address that is none, and shows no control character of it", async () => {
  await withProgram("tofu", `printf '{"fra-vps": "-oProxyCommand=\\\\u001b[31m"}'`);
  const { message } = await refusal();
  assert.match(message, /"fra-vps": "-oProxyCommand=/);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: none may be in it
  assert.not.match(message, /\x1b/);
});

test("uses terraform if there is no tofu", async () => {
  await withProgram("terraform", `printf '{"fra-vps": "192.0.2.7"}'`);
  assert.equal(await readTofuAddresses(folder, signal), new Map([["fra-vps", "192.0.2.7"]]));
});

test("says what to install if there is neither", async () => {
  process.env.PATH = folder;
  assert.match((await refusal()).message, "OpenTofu is not installed");
});

test.run();
