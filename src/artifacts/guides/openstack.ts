import type { Guide } from "./guide.ts";
import { rangeText, rulesOf } from "./openings.ts";
import { command } from "./shell.ts";

export const openstack: Guide = {
  provider: "OpenStack",
  tool: "openstack",
  create: ({ name, userData, openings }) => [
    command`openstack security group create ${name}`,
    ...rulesOf(openings).map(({ family, protocol, ports, network }) => {
      const type = family === "v4" ? "IPv4" : "IPv6";
      const its = family === "v6" && protocol === "icmp" ? "ipv6-icmp" : protocol;
      const port = ports === undefined ? [] : ["--dst-port", rangeText(ports, ":")];
      return command`openstack security group rule create --ingress --ethertype ${type} --protocol ${its} ${port}
        --remote-ip ${network} ${name}`;
    }),
    command`openstack server create --image IMAGE --flavor FLAVOR --network NETWORK --security-group ${name}
      --key-name KEY_NAME --user-data ${userData} --wait ${name}`,
  ],
  unknown: {
    IMAGE: "the image of this system in your cloud: openstack image list",
    FLAVOR: "a size with at least 2 GB of memory and 20 GB of disk: openstack flavor list",
    NETWORK: "a network with public addresses: openstack network list",
    KEY_NAME: "the name of your SSH key there: openstack keypair list",
  },
  console: 'Compute, Instances, "Launch Instance", "Configuration", "Customization Script"',
  address: ({ name }) => command`openstack server show ${name} --column addresses --format value`,
};
