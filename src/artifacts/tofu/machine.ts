import type { Ec2Plan } from "../../plan/ec2-plan.ts";
import type { Plan } from "../../plan/plan.ts";
import type { OsName } from "../../values/os-names.ts";
import type { TargetName } from "../../values/target-names.ts";
import { azureImages } from "../guides/azure.ts";
import { digitaloceanImages } from "../guides/digitalocean.ts";
import { ec2Images } from "../guides/ec2.ts";
import { gcpImages } from "../guides/gcp.ts";
import { hetznerImages } from "../guides/hetzner.ts";
import { linodeImages } from "../guides/linode.ts";
import { oracleVersions } from "../guides/oracle.ts";
import { vultrImages } from "../guides/vultr.ts";
import { baseImages } from "../packer/variables.ts";

/** The folders of `tofu/`: one module for each provider. */
export type TofuModule =
  | "aws"
  | "azure"
  | "digitalocean"
  | "google"
  | "hetzner"
  | "libvirt"
  | "linode"
  | "openstack"
  | "oracle"
  | "proxmox"
  | "vultr";

/** One sensor's machine in the form that every module takes. A module ignores values that it does not need. */
export type TofuMachine = {
  readonly region: string | null;
  readonly size: string | null;
  readonly image: string | null;
  readonly network: string | null;
  readonly disk_gigabytes: number;
  /** A public key of the admin, for providers that require one. */
  readonly public_key: string | null;
  /** AWS: whether the address is an Elastic IP. */
  readonly elastic_ip: boolean;
  /** The address in the settings, for a network in which OpenTofu cannot find it. */
  readonly address: string | null;
  /** Processors and megabytes of memory, for machines without named sizes. */
  readonly cpus: number | null;
  readonly memory_megabytes: number | null;
};

/** A setting that a machine lacks or that its module cannot use. */
export type MachineComplaint = {
  readonly kind: "complaint";
  readonly path: readonly string[];
  readonly message: string;
  readonly hint: string;
};

const defaultGigabytes = 20;

/** The module for a sensor; `undefined` if there is none for its target, as for a Raspberry Pi. */
export function moduleOf({ target, machine }: Plan): TofuModule | undefined {
  return target === "nocloud" ? machine?.hypervisor : modules[target];
}

const modules: Readonly<Partial<Record<TargetName, TofuModule>>> = {
  ec2: "aws",
  digitalocean: "digitalocean",
  hetzner: "hetzner",
  vultr: "vultr",
  linode: "linode",
  azure: "azure",
  gcp: "google",
  openstack: "openstack",
  oracle: "oracle",
};

/** The machine of a sensor, or what its settings lack. */
export function machineOf(plan: Plan, module: TofuModule): TofuMachine | MachineComplaint {
  if (module === "aws")
    return plan.ec2 === undefined ? missing(["ec2", "region"], "eu-central-1") : ec2Machine(plan, plan.ec2);
  const { region, size, image = officialImages[module]?.[plan.os], network } = plan.machine ?? {};
  for (const [name, value] of Object.entries({ size, image, network }))
    if (value === undefined && required[module]?.[name] !== undefined)
      return missing(["machine", name], required[module][name] ?? "");
  const ownSize = /^(\d{1,3})x(\d{3,7})$/.exec(size ?? "");
  const hasNoSizes = module === "libvirt" || module === "proxmox";
  if (hasNoSizes && ownSize === null)
    return {
      kind: "complaint",
      path: ["machine", "size"],
      message: `on ${module} the size is the number of processors and megabytes of memory`,
      hint: "e.g. size: 2x4096",
    };
  const publicKey = plan.admin.sshKeys.find(
    (key) => module !== "azure" || /^(ssh-rsa|ssh-ed25519) /.test(key),
  );
  if (publicKey === undefined)
    return {
      kind: "complaint",
      path: ["admin", "ssh_keys"],
      message: "Azure accepts only RSA and Ed25519 keys, and the admin has none",
      hint: "ssh-keygen -t ed25519",
    };
  return {
    region: region ?? null,
    size: size ?? null,
    image: image ?? null,
    network: network ?? null,
    disk_gigabytes: plan.disk.sizeGigabytes ?? defaultGigabytes,
    public_key: publicKey,
    elastic_ip: false,
    address: plan.address ?? plan.network?.addresses[0]?.split("/")[0] ?? null,
    cpus: hasNoSizes ? Number(ownSize?.[1]) : null,
    memory_megabytes: hasNoSizes ? Number(ownSize?.[2]) : null,
  };
}

function ec2Machine({ os }: Plan, ec2: Ec2Plan): TofuMachine {
  return {
    region: ec2.region,
    size: ec2.instanceType,
    image: ec2Image(ec2.image, os),
    network: ec2.subnet ?? null,
    disk_gigabytes: ec2.volumeGigabytes,
    public_key: null,
    elastic_ip: ec2.elasticIp,
    address: null,
    cpus: null,
    memory_megabytes: null,
  };
}

// The publishers' parameters have the processor's architecture in their names, which the module knows.
function ec2Image(image: Ec2Plan["image"], os: OsName): string {
  if (image.kind === "ami") return image.id;
  if (image.kind === "ssm") return image.parameter;
  if (image.kind === "baked") return `baked:${os}`;
  const official: Readonly<Partial<Record<OsName, string>>> = ec2Images;
  return (official[os] ?? "").replace("/amd64", "/ARCHITECTURE");
}

function missing(path: readonly string[], example: string): MachineComplaint {
  const name = path.at(-1) ?? "";
  return {
    kind: "complaint",
    path,
    message: `${name} is missing; the machine's configuration needs it`,
    hint: `e.g. ${path[0]}: {${name}: ${example}}`,
  };
}

/** Settings without a default that a module needs, with an example. */
const required: Readonly<Partial<Record<TofuModule, Readonly<Record<string, string>>>>> = {
  openstack: { size: "m1.small", image: "debian-13", network: "public" },
  oracle: { image: "ocid1.image.oc1...", network: "ocid1.subnet.oc1..." },
};

const officialImages: Readonly<
  Partial<Record<TofuModule, Readonly<Partial<Record<OsName, string | undefined>>>>>
> = {
  azure: azureImages,
  digitalocean: digitaloceanImages,
  google: mapped(gcpImages, (family) => `ubuntu-os-cloud/${family}`),
  hetzner: hetznerImages,
  libvirt: mapped(baseImages, ({ base_url_amd64 }) => base_url_amd64),
  linode: linodeImages,
  oracle: mapped(oracleVersions, (version) => `Canonical Ubuntu:${version}`),
  proxmox: mapped(baseImages, ({ base_url_amd64 }) => base_url_amd64),
  vultr: vultrImages,
};

function mapped<Value, Result>(
  images: Readonly<Partial<Record<OsName, Value>>>,
  change: (value: Value) => Result,
): Readonly<Partial<Record<OsName, Result>>> {
  return Object.fromEntries(Object.entries(images).map(([os, value]) => [os, change(value)]));
}
