import { type Guide, imageOf } from "./guide.ts";
import { everyone, rangeText } from "./openings.ts";
import { command } from "./shell.ts";

export const hetznerImages = {
  "debian-12": "debian-12",
  "debian-13": "debian-13",
  "ubuntu-24.04": "ubuntu-24.04",
  "ubuntu-26.04": "ubuntu-26.04",
} as const;

export const hetzner: Guide = {
  provider: "Hetzner Cloud",
  tool: "hcloud",
  create: ({ name, os, userData, openings: { tcp, adminPort, admin } }) => {
    const rule = (protocol: string, ports: readonly string[], networks: readonly string[]) =>
      command`hcloud firewall add-rule ${name} --direction in --protocol ${protocol} ${ports}
        --source-ips ${networks.join(",")}`;
    const all = [everyone.v4, everyone.v6];
    const networks = [...admin.v4, ...admin.v6];
    return [
      command`hcloud firewall create --name ${name}`,
      ...tcp.map((range) => rule("tcp", ["--port", rangeText(range)], all)),
      rule("udp", ["--port", "any"], all),
      rule("icmp", [], all),
      ...(networks.length === 0 ? [] : [rule("tcp", ["--port", String(adminPort)], networks)]),
      command`hcloud server create --name ${name} --image ${imageOf(hetznerImages, os)} --type cx23 --location fsn1
        --firewall ${name} --ssh-key KEY_NAME --user-data-from-file ${userData}`,
    ];
  },
  unknown: { KEY_NAME: "the name of your SSH key at Hetzner: hcloud ssh-key list" },
  console: 'Servers, "Add Server", "Cloud config"',
  address: ({ name }) => command`hcloud server ip ${name}`,
};
