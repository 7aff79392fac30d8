import { type Guide, imageOf } from "./guide.ts";
import { everyone, rangeText } from "./openings.ts";
import { command } from "./shell.ts";

export const gcpImages = {
  "ubuntu-24.04": "ubuntu-2404-lts-amd64",
  "ubuntu-26.04": "ubuntu-2604-lts-amd64",
} as const;

export const gcp: Guide = {
  provider: "Google Cloud",
  tool: "gcloud",
  create: ({ name, os, userData, openings: { tcp, adminPort, admin } }) => {
    const rule = (label: string, allow: string, networks: readonly string[]) =>
      command`gcloud compute firewall-rules create ${name}-${label} --direction INGRESS --allow ${allow}
        --source-ranges ${networks.join(",")} --target-tags ${name}`;
    return [
      rule("honeypot", [...tcp.map((range) => `tcp:${rangeText(range)}`), "udp", "icmp"].join(","), [
        everyone.v4,
      ]),
      ...(admin.v4.length === 0 ? [] : [rule("admin", `tcp:${adminPort}`, admin.v4)]),
      command`gcloud compute instances create ${name} --image-project ubuntu-os-cloud
        --image-family ${imageOf(gcpImages, os)} --machine-type e2-small --zone europe-west3-c --boot-disk-size 20GB
        --tags ${name} --metadata-from-file user-data=${userData}`,
    ];
  },
  unknown: {},
  console: '"Create instance", "Advanced", "Metadata", key user-data',
  address: ({ name }) =>
    command`gcloud compute instances describe ${name} --zone europe-west3-c
      --format get(networkInterfaces[0].accessConfigs[0].natIP)`,
  caution: ({ openings: { admin } }) =>
    admin.v6.length > 0 && admin.v4.length === 0
      ? "The default network has no IPv6, and allow_from has only IPv6 networks: use a dual-stack subnet and create the admin rule there."
      : undefined,
};
