import { quoted } from "../../diagnostics/visible.ts";
import { choice, group, text } from "../leaf.ts";

/** Settings for the machine that OpenTofu creates. */
export function machineGrammar() {
  return group(
    "The machine that `sensorbake tofu` describes. On EC2 the section `ec2` has these settings instead.",
    {
      region: word(
        "a region like fra1",
        /^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/,
        "Region, location or zone of the machine, with the provider's name; on Proxmox the node. The default is in Germany; on OpenStack it is the cloud's own.",
        ["hel1", "nyc3"],
      ),
      size: word(
        "a size like cx23 or 2x4096",
        /^[A-Za-z0-9][A-Za-z0-9 ._-]{0,126}$/,
        "Size of the machine, with the provider's name: server type, plan, shape or flavor. On target nocloud the number of processors and megabytes of memory.",
        ["cx33", "2x4096"],
      ),
      image: word(
        "the name, number or address of an image",
        /^[A-Za-z0-9][A-Za-z0-9 ._:/+-]{0,254}$/,
        "The image, with the provider's name, number or id; on target nocloud its URL. The default is the official image for `os`; OpenStack has none.",
        ["Debian 13"],
      ),
      network: word(
        "the name or id of a network",
        /^[A-Za-z0-9][A-Za-z0-9 ._:/-]{0,254}$/,
        "The network: on OpenStack its name, on Oracle the OCID of a public subnet, on Google the name of a VPC network, on Proxmox the bridge, on libvirt the network.",
        ["public"],
      ),
      hypervisor: choice({ description: "Target nocloud: the software that runs the machine." }, [
        "libvirt",
        "proxmox",
      ]),
    },
  );
}

function word(takes: string, pattern: RegExp, description: string, examples: readonly string[]) {
  return text({ takes, description, examples, schema: { pattern: pattern.source } }, (value) =>
    pattern.test(value) ? undefined : { message: `${quoted(value)} is not ${takes}` },
  );
}
