import { type Guide, imageOf } from "./guide.ts";
import { rangeText, rulesOf } from "./openings.ts";
import { command, contentOf, evaluated, kept } from "./shell.ts";

/** Numbers of `vultr-cli os list`. */
export const vultrImages = {
  "debian-12": "2136",
  "debian-13": "2625",
  "ubuntu-24.04": "2284",
  "ubuntu-26.04": "2760",
} as const;

const firewallId = evaluated("| jq --raw-output .firewall_group.id");

export const vultr: Guide = {
  provider: "Vultr",
  tool: "vultr-cli and jq",
  create: ({ name, os, userData, openings }) => [
    {
      ...command`vultr-cli firewall group create --description ${name} --output json ${firewallId}`,
      keep: "GROUP",
    },
    ...rulesOf(openings).map(({ family, protocol, ports, network }) => {
      const [subnet = "", size = ""] = network.split("/");
      const port = ports === undefined ? [] : ["--port", rangeText(ports, ":")];
      return command`vultr-cli firewall rule create ${kept("GROUP")} --ip-type ${family} --protocol ${protocol}
        --subnet ${subnet} --size ${size} ${port}`;
    }),
    command`vultr-cli instance create --label ${name} --host ${name} --os ${imageOf(vultrImages, os)}
      --plan vc2-1c-2gb --region fra --ipv6=true --firewall-group ${kept("GROUP")} --ssh-keys KEY_ID
      --userdata ${contentOf(userData)}`,
  ],
  unknown: { KEY_ID: "the ID of your SSH key at Vultr: vultr-cli ssh-key list" },
  console: 'Deploy, "Additional Features", "Cloud-Init User-Data"',
  address: () => command`vultr-cli instance list`,
};
