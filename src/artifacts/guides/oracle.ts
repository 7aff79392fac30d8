import type { Guide, Machine } from "./guide.ts";
import { rulesOf } from "./openings.ts";
import { type Command, command, evaluated, kept } from "./shell.ts";

/** Oracle publishes images of Ubuntu; Debian has to be imported. */
export const oracleVersions: Readonly<Partial<Record<Machine["os"], string>>> = {
  "ubuntu-24.04": "24.04",
  "ubuntu-26.04": "26.04",
};

const shape = "VM.Standard.E4.Flex";

export const oracle: Guide = {
  provider: "Oracle Cloud",
  tool: "oci",
  create: ({ name, os, userData, openings }) => {
    const version = oracleVersions[os];
    const image: readonly Command[] =
      version === undefined
        ? []
        : [
            {
              ...command`oci compute image list --compartment-id COMPARTMENT_ID
                --operating-system ${"Canonical Ubuntu"} --operating-system-version ${version} --shape ${shape}
                --query data[0].id --raw-output`,
              keep: "IMAGE_ID",
            },
          ];
    return [
      {
        ...command`oci network nsg create --compartment-id COMPARTMENT_ID --vcn-id VCN_ID --display-name ${name}
          --query data.id --raw-output`,
        keep: "GROUP",
      },
      command`oci network nsg rules add --nsg-id ${kept("GROUP")}
        --security-rules ${JSON.stringify(rulesOf(openings).map(securityRule))}`,
      ...image,
      command`oci compute instance launch --display-name ${name} --compartment-id COMPARTMENT_ID
        --availability-domain AVAILABILITY_DOMAIN --subnet-id SUBNET_ID --assign-public-ip true
        --nsg-ids ${evaluated('"[\\"$GROUP\\"]"')} --shape ${shape} --shape-config ${'{"ocpus": 1, "memoryInGBs": 2}'}
        --image-id ${version === undefined ? "IMAGE_ID" : kept("IMAGE_ID")} --user-data-file ${userData}`,
    ];
  },
  unknown: {
    COMPARTMENT_ID: "the OCID of the compartment: oci iam compartment list",
    VCN_ID: "the OCID of the network: oci network vcn list --compartment-id COMPARTMENT_ID",
    SUBNET_ID: "a public subnet of it: oci network subnet list --compartment-id COMPARTMENT_ID",
    AVAILABILITY_DOMAIN: "its name: oci iam availability-domain list",
    IMAGE_ID: "the OCID of a Debian image that you imported, because Oracle publishes none",
  },
  console: 'Instances, "Create instance", "Advanced options", "Management", "Initialization script"',
  address: () =>
    command`oci compute instance list-vnics --compartment-id COMPARTMENT_ID
      --query ${'data[].["display-name","public-ip"]'}`,
  caution: () =>
    "A subnet's security list also opens ports: port 22 in the default list. Security groups only add to it; remove rules that you do not want.",
};

const protocols = { tcp: "6", udp: "17", icmp: "1" } as const;

function securityRule({ family, protocol, ports, network }: ReturnType<typeof rulesOf>[number]) {
  const range = ports && { destinationPortRange: { min: ports[0], max: ports[1] } };
  return {
    direction: "INGRESS",
    protocol: family === "v6" && protocol === "icmp" ? "58" : protocols[protocol],
    sourceType: "CIDR_BLOCK",
    source: network,
    ...(range && { [protocol === "tcp" ? "tcpOptions" : "udpOptions"]: range }),
  };
}
