import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite, type Test } from "uvu";
import { tagKeys } from "../../src/ec2/tags.ts";
import { packageRoot } from "../../src/load/read-release.ts";
import { type FakeEc2, startFakeEc2 } from "./fake-ec2/server.ts";
import { sensorbake } from "./sensorbake.ts";

// Runs the real command against our own endpoint, which the SDK's own environment variable names.

/** The endpoint and the settings file of one test. */
export type LaunchContext = { fake: FakeEc2; folder: string; file: string };

export function launchSuite(name: string): Test<LaunchContext> {
  const test = suite<LaunchContext>(name);
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
  return test;
}

/** A settings file of sensors on EC2. */
export function settings(
  more: { password?: string; sensors?: readonly string[]; ec2?: string } = {},
): string {
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
export function bakedSettings(
  fake: FakeEc2,
  more: { password?: string; sensors?: readonly string[] } = {},
): string {
  const image = fake.account("eu-central-1").images.get("ami-00000005");
  Object.assign(image?.tags ?? {}, { [tagKeys.managedBy]: "sensorbake", "sensorbake:os": "debian-13" });
  return settings({ ...more, ec2: "{region: eu-central-1, image: baked}" });
}

/** Runs a command; `launch` sends nothing to its sensors, and `status` reaches none of them. */
export async function run(
  fake: FakeEc2,
  words: readonly string[],
  env: Readonly<Record<string, string>> = {},
) {
  // No machine has the addresses of this endpoint; test/templates/delivery.test.ts sends to a real sshd.
  const sent = words[0] === "launch" ? [...words, "--no-apply"] : words;
  const ended = await sensorbake(sent, { env: { ...fake.env, PATH: pathWithoutSsh, ...env } });
  return { ...ended, text: ended.stdout.toString() };
}

/** `PATH` with an `ssh` that reaches no machine. */
export const pathWithoutSsh = `${join(packageRoot(), "test/support/no-ssh")}:${process.env.PATH}`;

/** Whether a request changes the account. */
export const isChange = ({ action }: { action: string }) => !/^(Describe|Get)/.test(action);
