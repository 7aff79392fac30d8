import type { MergedSensor } from "../settings/merge.ts";
import type { TargetName } from "../values/target-names.ts";

/** The machine that `sensorbake tofu` describes. Names are the provider's own. */
export type MachinePlan = {
  /** Region, location, zone or node; `undefined`: the provider's default. */
  readonly region: string | undefined;
  readonly size: string | undefined;
  /** `undefined`: the official image of the sensor's system, if the provider has one. */
  readonly image: string | undefined;
  readonly network: string | undefined;
  /** The software that runs the machine; only on target nocloud. */
  readonly hypervisor: "libvirt" | "proxmox" | undefined;
};

/** Resolves the machine; `undefined` on EC2, which has its own settings, and on a Raspberry Pi. */
export function resolveMachine(
  machine: MergedSensor["machine"],
  target: TargetName,
): MachinePlan | undefined {
  if (target === "ec2" || target === "pi") return undefined;
  const hypervisor = target === "nocloud" ? machine.hypervisor : undefined;
  const usual = usualMachines[hypervisor ?? target];
  return {
    region: machine.region ?? usual?.region,
    size: machine.size ?? usual?.size,
    image: machine.image,
    network: machine.network ?? usual?.network,
    hypervisor,
  };
}

type Usual = Partial<Record<"region" | "size" | "network", string>>;

/** The smallest usual machine with 2 GB of memory; public clouds in Germany. */
const usualMachines: Readonly<Partial<Record<TargetName | "libvirt" | "proxmox", Usual>>> = {
  digitalocean: { region: "fra1", size: "s-1vcpu-2gb" },
  hetzner: { region: "fsn1", size: "cx23" },
  vultr: { region: "fra", size: "vc2-1c-2gb" },
  linode: { region: "de-fra-2", size: "g6-standard-1" },
  azure: { region: "germanywestcentral", size: "Standard_B2als_v2" },
  gcp: { region: "europe-west3-c", size: "e2-small", network: "default" },
  oracle: { size: "VM.Standard.E4.Flex" },
  libvirt: { size: "1x2048", network: "default" },
  proxmox: { region: "pve", size: "1x2048", network: "vmbr0" },
};
