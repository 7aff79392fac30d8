import { readableConfig } from "../artifacts/cloud-config.ts";
import { compile, type Release, sensorFiles } from "../artifacts/compile.ts";
import { sha256 } from "../artifacts/digest.ts";
import type { Secrets } from "../artifacts/payload.ts";
import type { Programs } from "../artifacts/programs.ts";
import type { TooLarge, UserData } from "../artifacts/user-data.ts";
import type { Ec2Plan } from "../plan/ec2-plan.ts";
import type { Plan } from "../plan/plan.ts";
import type { Ec2Sensor, Port } from "./sensor.ts";

/** Compiles a sensor for EC2. The user-data is identical to the output of `sensorbake user-data`. */
export function ec2SensorOf(
  plan: Plan,
  ec2: Ec2Plan,
  secrets: Secrets,
  release: Release,
): Ec2Sensor | TooLarge {
  const compiled = compile(plan, secrets, release);
  if (compiled.kind === "too-large") return compiled;
  const { user, sshPort, allowFrom } = plan.admin;
  return {
    kind: "sensor",
    name: plan.name,
    os: plan.os,
    ec2,
    admin: { user, sshPort, allowFrom },
    reaches: [...reachesOf(plan), ...portsOf(compiled.programs)],
    userData: bytesOf(compiled.userData),
    ...(compiled.programs && { programs: compiled.programs }),
    isDelivered: compiled.delivery !== undefined,
    userDataDigest: digestWithoutSecrets(plan, secrets, release),
  };
}

// A digest of the readable form with names in place of secrets, so that people who can read tags learn nothing that
// helps to guess passwords.
function digestWithoutSecrets(plan: Plan, secrets: Secrets, release: Release): string {
  const names = new Map([...secrets.keys()].map((name) => [name, `value of ${name}`]));
  const files = sensorFiles(plan, names, release);
  return sha256(JSON.stringify(readableConfig(plan, files))).slice(0, 32);
}

/**
 * The ports of the settings' servers. Only the ports, because a rule for a server's address would break when its name
 * resolves to another one.
 */
export function reachesOf({ notify, siem, transfer }: Plan): readonly Port[] {
  return [transfer, siem, notify?.mail].flatMap((server) =>
    server === undefined ? [] : [{ protocol: "tcp" as const, port: server.port }],
  );
}

// The usual web ports are always open.
function portsOf(programs: Programs | undefined): readonly Port[] {
  const ports = (programs?.addresses ?? []).map((address) => new URL(address).port);
  return ports.flatMap((port) => (port === "" ? [] : [{ protocol: "tcp" as const, port: Number(port) }]));
}

function bytesOf({ handed }: UserData): Uint8Array {
  return typeof handed === "string" ? new TextEncoder().encode(handed) : handed;
}
