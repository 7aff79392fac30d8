import { type Guide, imageOf } from "./guide.ts";
import { rangeText } from "./openings.ts";
import { command } from "./shell.ts";

export const azureImages = {
  "debian-12": "Debian:debian-12:12-gen2:latest",
  "debian-13": "Debian:debian-13:13-gen2:latest",
  "ubuntu-24.04": "Canonical:ubuntu-24_04-lts:server:latest",
  "ubuntu-26.04": "Canonical:ubuntu-26_04-lts:server:latest",
} as const;

export const azure: Guide = {
  provider: "Azure",
  tool: "az",
  create: ({ name, os, publicKey, userData, openings: { tcp, adminPort, admin } }) => {
    const rule = (
      label: string,
      priority: number,
      protocol: string,
      ports: readonly string[],
      from: readonly string[],
    ) =>
      command`az network nsg rule create --resource-group ${name} --nsg-name ${name} --name ${label}
        --priority ${String(priority)} --protocol ${protocol} --source-address-prefixes ${from}
        --destination-port-ranges ${ports}`;
    return [
      command`az group create --name ${name} --location germanywestcentral`,
      command`az network nsg create --resource-group ${name} --name ${name}`,
      rule(
        "honeypot-tcp",
        100,
        "Tcp",
        tcp.map((range) => rangeText(range)),
        ["*"],
      ),
      rule("honeypot-udp", 110, "Udp", ["*"], ["*"]),
      rule("ping", 120, "Icmp", ["*"], ["*"]),
      ...families(admin).map(([label, from], index) =>
        rule(label, 130 + index, "Tcp", [String(adminPort)], from),
      ),
      command`az vm create --resource-group ${name} --name ${name} --image ${imageOf(azureImages, os)}
        --size Standard_B2als_v2 --nsg ${name} --public-ip-sku Standard --admin-username azureuser
        --ssh-key-values ${publicKey} --custom-data ${userData}`,
    ];
  },
  unknown: {},
  console: 'Virtual machines, Create, tab "Advanced", "Custom data" (not "User data")',
  address: ({ name }) =>
    command`az vm show --show-details --resource-group ${name} --name ${name} --query publicIps --output tsv`,
  caution: ({ publicKey }) =>
    /^(ssh-rsa|ssh-ed25519) /.test(publicKey)
      ? undefined
      : "Azure accepts only RSA and Ed25519 keys at --ssh-key-values. Name another key of yours there; the sensor itself accepts the keys of the settings.",
};

// A rule has addresses of one family.
function families({ v4, v6 }: { readonly v4: readonly string[]; readonly v6: readonly string[] }) {
  return (
    [
      ["admin", v4],
      ["admin-v6", v6],
    ] as const
  ).filter(([, networks]) => networks.length > 0);
}
