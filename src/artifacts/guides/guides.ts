import type { TargetName } from "../../values/target-names.ts";
import { azure } from "./azure.ts";
import { digitalocean } from "./digitalocean.ts";
import { ec2 } from "./ec2.ts";
import { gcp } from "./gcp.ts";
import type { Guide } from "./guide.ts";
import { hetzner } from "./hetzner.ts";
import { linode } from "./linode.ts";
import { openstack } from "./openstack.ts";
import { oracle } from "./oracle.ts";
import { vultr } from "./vultr.ts";

/** How to create a machine at each provider. A virtual machine of one's own and a Pi have their own texts. */
export const guides: Readonly<Record<Exclude<TargetName, "nocloud" | "pi">, Guide>> = {
  ec2,
  digitalocean,
  hetzner,
  vultr,
  linode,
  azure,
  gcp,
  openstack,
  oracle,
};
