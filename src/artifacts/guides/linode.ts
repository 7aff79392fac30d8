import { type Guide, imageOf } from "./guide.ts";
import { everyone, rangeText } from "./openings.ts";
import { command, contentOf, evaluated, kept } from "./shell.ts";

export const linodeImages = {
  "debian-12": "linode/debian12",
  "debian-13": "linode/debian13",
  "ubuntu-24.04": "linode/ubuntu24.04",
  "ubuntu-26.04": "linode/ubuntu26.04",
} as const;

/** Linode requires one. The sensor refuses every login with a password. */
const randomPassword = evaluated('"$(openssl rand -base64 30)"');

export const linode: Guide = {
  provider: "Akamai (Linode)",
  tool: "linode-cli",
  create: ({ name, os, publicKey, userData, openings: { tcp, adminPort, admin } }) => {
    const all = { ipv4: [everyone.v4], ipv6: [everyone.v6] };
    const accept = { action: "ACCEPT", addresses: all };
    const inbound = [
      {
        ...accept,
        label: "honeypot-tcp",
        protocol: "TCP",
        ports: tcp.map((range) => rangeText(range)).join(","),
      },
      { ...accept, label: "honeypot-udp", protocol: "UDP", ports: "1-65535" },
      { ...accept, label: "ping", protocol: "ICMP" },
      ...(admin.v4.length + admin.v6.length === 0
        ? []
        : [
            {
              action: "ACCEPT",
              label: "admin",
              protocol: "TCP",
              ports: String(adminPort),
              addresses: {
                ...(admin.v4.length > 0 && { ipv4: admin.v4 }),
                ...(admin.v6.length > 0 && { ipv6: admin.v6 }),
              },
            },
          ]),
    ];
    return [
      {
        ...command`linode-cli firewalls create --label ${labelOf(name)} --rules.inbound_policy DROP
          --rules.outbound_policy ACCEPT --rules.inbound ${JSON.stringify(inbound)} --text --no-headers --format id`,
        keep: "FIREWALL",
      },
      command`linode-cli linodes create --label ${name} --image ${imageOf(linodeImages, os)} --type g6-standard-1
        --region de-fra-2 --firewall_id ${kept("FIREWALL")} --authorized_keys ${publicKey}
        --root_pass ${randomPassword} --metadata.user_data ${contentOf(userData)}`,
    ];
  },
  unknown: {},
  takesBase64: true,
  console: 'Create, Linode (in a region that offers user-data), "Add User Data"',
  address: ({ name }) => command`linode-cli linodes list --label ${name} --text --no-headers --format ipv4`,
};

// A firewall's label has at most 32 characters.
function labelOf(name: string): string {
  return name.slice(0, 32).replace(/-+$/, "");
}
