import { type Guide, imageOf } from "./guide.ts";
import { everyone, rangeText } from "./openings.ts";
import { command } from "./shell.ts";

export const digitaloceanImages = {
  "debian-12": "debian-12-x64",
  "debian-13": "debian-13-x64",
  "ubuntu-24.04": "ubuntu-24-04-x64",
  "ubuntu-26.04": "ubuntu-26-04-x64",
} as const;

const open = `address:${everyone.v4},address:${everyone.v6}`;

export const digitalocean: Guide = {
  provider: "DigitalOcean",
  tool: "doctl",
  create: ({ name, os, userData, openings: { tcp, adminPort, admin } }) => {
    const networks = [...admin.v4, ...admin.v6];
    const inbound = [
      ...tcp.map((range) => `protocol:tcp,ports:${rangeText(range)},${open}`),
      `protocol:udp,ports:1-65535,${open}`,
      `protocol:icmp,${open}`,
      ...(networks.length === 0
        ? []
        : [`protocol:tcp,ports:${adminPort},${networks.map((network) => `address:${network}`).join(",")}`]),
    ];
    const outbound = [
      `protocol:tcp,ports:1-65535,${open}`,
      `protocol:udp,ports:1-65535,${open}`,
      `protocol:icmp,${open}`,
    ];
    return [
      command`doctl compute tag create ${name}`,
      command`doctl compute firewall create --name ${name} --tag-names ${name}
        --inbound-rules ${inbound.join(" ")} --outbound-rules ${outbound.join(" ")}`,
      command`doctl compute droplet create ${name} --image ${imageOf(digitaloceanImages, os)} --size s-1vcpu-2gb
        --region fra1 --enable-ipv6 --tag-names ${name} --ssh-keys KEY_ID --user-data-file ${userData} --wait`,
    ];
  },
  unknown: { KEY_ID: "the ID or fingerprint of your SSH key at DigitalOcean: doctl compute ssh-key list" },
  console: 'Create, Droplets, "Advanced options", "Add Initialization scripts (free)"',
  address: ({ name }) => command`doctl compute droplet get ${name} --format PublicIPv4 --no-header`,
};
