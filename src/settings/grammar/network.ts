import type { Complaint } from "../../diagnostics/diagnostic.ts";
import { complainOfAddress, complainOfInterfaceAddress } from "../../values/addresses.ts";
import { complainOfDevice } from "../../values/names.ts";
import { complainOfWifiPassphrase } from "../../values/secret-value.ts";
import { choice, fullList, group, list, text, yesNo } from "../leaf.ts";
import { secret } from "../secret-leaf.ts";

/** Static addresses and Wi-Fi; DHCP on the wire needs nothing. */
export function networkGrammar() {
  return group(
    "A static address, or Wi-Fi; without this the sensor asks DHCP, as its image does by itself.",
    {
      interface: text(
        {
          takes: "the name of a network device",
          description: "The device that gets the addresses.",
          examples: ["eth0"],
        },
        complainOfDevice,
      ),
      addresses: fullList(
        { description: "Addresses with their prefix length.", examples: [["192.0.2.10/24"]] },
        text(
          { takes: "an address with its prefix length", description: "Like 192.0.2.10/24." },
          complainOfInterfaceAddress,
        ),
      ),
      gateways: list(
        {
          description: "Next hops of the default routes, at most one for IPv4 and one for IPv6.",
          examples: [["192.0.2.1"]],
        },
        text({ takes: "an IP address", description: "The address of a router." }, complainOfAddress),
      ),
      nameservers: list(
        { description: "DNS servers.", examples: [["192.0.2.53"]] },
        text({ takes: "an IP address", description: "The address of a DNS server." }, complainOfAddress),
      ),
      wifi: group("The wireless network of a Raspberry Pi; the wire works beside it.", {
        ssid: text(
          { takes: "a network's name", description: "Name of the network.", examples: ["lab"] },
          complainOfSsid,
        ),
        psk: secret(
          {
            description:
              "Passphrase of the network. For WPA2 only the key that is made from it and the name goes on the card; WPA3 needs the passphrase itself there until the first boot has ended.",
            examples: [{ env: "WIFI_PSK" }],
          },
          complainOfWifiPassphrase,
        ),
        country: text(
          {
            takes: "a country code",
            description: "Country whose radio rules apply, e.g. DE; without it a Pi keeps its radio off.",
            examples: ["DE"],
          },
          complainOfCountry,
        ),
        hidden: yesNo({ description: "Whether the network does not announce its name; false when absent." }),
        security: choice(
          {
            description:
              "How the network is locked; wpa2 when absent, which also joins one that takes WPA2 and WPA3.",
          },
          ["wpa2", "wpa3", "open"],
        ),
      }),
    },
  );
}

function complainOfSsid(value: string): Complaint | undefined {
  const bytes = Buffer.byteLength(value);
  return bytes >= 1 && bytes <= 32
    ? undefined
    : { message: `the name of a wireless network has 1 to 32 bytes, not ${bytes}` };
}

function complainOfCountry(value: string): Complaint | undefined {
  return /^[A-Z]{2}$/.test(value) ? undefined : { message: "a country code is two capital letters, like DE" };
}
