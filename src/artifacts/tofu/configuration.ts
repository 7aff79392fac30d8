import type { Plan } from "../../plan/plan.ts";
import type { Artifact } from "../artifact.ts";
import type { FirewallRule } from "./firewall.ts";
import { literal } from "./literal.ts";
import type { TofuMachine, TofuModule } from "./machine.ts";

/** One sensor for OpenTofu. */
export type TofuSensor = {
  readonly name: string;
  readonly module: TofuModule;
  readonly machine: TofuMachine;
  readonly firewall: Firewall;
  /** The seed, which contains no secret: `user-data`, and files that only some modules read. */
  readonly seed: readonly Artifact[];
};

/** Allowed traffic. `outgoing` is empty if everything may leave the machine. */
export type Firewall = {
  readonly incoming: readonly FirewallRule[];
  readonly outgoing: readonly FirewallRule[];
};

/** The configuration: one file for the user's folder, and a folder that belongs to sensorbake. */
export type TofuConfiguration = { readonly root: Artifact; readonly folder: readonly Artifact[] };

/** The name of the root file, which marks a folder with a configuration. */
export const tofuRoot = "sensorbake.tf.json";

/** The name of the folder beside the root file. */
export const tofuFolder = "sensorbake";

/** Writes the data of all sensors as JSON, and adds the static modules that they need. Pure. */
export function tofuConfiguration(
  sensors: readonly TofuSensor[],
  modules: readonly Artifact[],
): TofuConfiguration {
  const used = [...new Set(sensors.map(({ module }) => module))].sort();
  const region = sensors.find(({ module }) => module === "aws")?.machine.region;
  const provider = {
    ...(used.includes("azure") && { azurerm: { features: {} } }),
    ...(typeof region === "string" && { aws: { region } }),
  };
  const root = {
    "//": "Written by `sensorbake tofu`, which replaces this file and the folder sensorbake. Write your own parts into other files.",
    terraform: {
      required_version: ">= 1.6.0",
      // For the user's own `provider` blocks; the modules pin the versions.
      required_providers: Object.fromEntries(used.map((name) => providerOf(name, modules))),
    },
    // OpenTofu refuses an empty map here.
    ...(Object.keys(provider).length > 0 && { provider }),
    module: Object.fromEntries(
      used.map((name) => [
        name,
        {
          source: `./${tofuFolder}/${name}`,
          ...moduleInputs(sensors.filter(({ module }) => module === name)),
        },
      ]),
    ),
    output: {
      addresses: {
        description: "The address of each sensor, for `sensorbake apply --tofu`.",
        value: `\${merge(${used.map((name) => `module.${name}.addresses`).join(", ")})}`,
      },
    },
  };
  const seeds = sensors.flatMap(({ name, seed }) =>
    seed.map((file) => ({ ...file, path: `sensors/${name}/${file.path}` })),
  );
  const copied = modules.filter(({ path }) => used.some((name) => path.startsWith(`${name}/`)));
  return {
    root: { path: tofuRoot, mode: 0o644, content: `${JSON.stringify(root, null, 2)}\n` },
    folder: [...copied, ...seeds].sort((a, b) => (a.path < b.path ? -1 : 1)),
  };
}

function providerOf(
  name: TofuModule,
  modules: readonly Artifact[],
): readonly [name: string, requirement: { readonly source: string }] {
  const text = String(modules.find(({ path }) => path === `${name}/versions.tf`)?.content);
  const [, local, source] = /^ {4}(\w+) = \{\n {6}source {2}= "([\w/-]+)"$/m.exec(text) ?? [];
  if (local === undefined || source === undefined)
    throw new Error(`tofu/${name}/versions.tf names no provider`);
  return [local, { source }];
}

// Sensors with the same rules share a firewall, because providers allow only a few. It has the name of its first sensor,
// so that a change of the rules changes it in place.
function moduleInputs(sensors: readonly TofuSensor[]): object {
  const names = new Map<string, string>();
  const firewalls: Record<string, object> = {};
  const machines: Record<string, object> = {};
  for (const { name, machine, firewall } of sensors) {
    const { region, network } = machine;
    const shared = { region, network, ...firewall };
    const key = JSON.stringify(shared);
    const firewallName = names.get(key) ?? name;
    names.set(key, firewallName);
    firewalls[firewallName] = shared;
    machines[name] = { firewall: firewallName, ...machine };
  }
  return { sensors: literal(machines), firewalls: literal(firewalls) };
}

/** The seed of a sensor: its user-data in the form of the target, and NoCloud's other files. */
export function seedOf(plan: Plan, files: readonly Artifact[], handed: string): readonly Artifact[] {
  const wanted = plan.target === "nocloud" ? ["meta-data", "network-config"] : [];
  return files.flatMap((file) => {
    // It contains no secret, and OpenTofu may run as another user.
    if (file.path === handed) return [{ ...file, path: "user-data", mode: 0o644 }];
    return wanted.includes(file.path) ? [file] : [];
  });
}
