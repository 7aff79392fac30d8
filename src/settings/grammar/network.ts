import type { Complaint } from "../../diagnostics/diagnostic.ts";
import { complainOfAddress, complainOfInterfaceAddress } from "../../values/addresses.ts";
import { complainOfDevice } from "../../values/names.ts";
import { complainOfWifiPassphrase } from "../../values/secret-value.ts";
import { choice, fullList, group, list, text, yesNo } from "../leaf.ts";
import { secret } from "../secret-leaf.ts";

/** Static addresses and Wi-Fi; DHCP over Ethernet needs no settings. */
export function networkGrammar() {
  return group("A static address, and Wi-Fi. By default the sensor uses DHCP.", {
    interface: text(
      {
        takes: "the name of a network device",
        description: "Network device that gets the addresses.",
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
        description: "Default gateways, at most one for IPv4 and one for IPv6.",
        examples: [["192.0.2.1"]],
      },
      text({ takes: "an IP address", description: "The address of a router." }, complainOfAddress),
    ),
    nameservers: list(
      { description: "DNS servers.", examples: [["192.0.2.53"]] },
      text({ takes: "an IP address", description: "The address of a DNS server." }, complainOfAddress),
    ),
    wifi: group("Wi-Fi of a Raspberry Pi; Ethernet also works.", {
      ssid: text(
        { takes: "a network's name", description: "Name of the network.", examples: ["lab"] },
        complainOfSsid,
      ),
      psk: secret(
        {
          description:
            "Passphrase of the network. For WPA2 the card contains only the key derived from passphrase and name. For WPA3 it contains the passphrase itself until the end of the first boot.",
          examples: [{ env: "WIFI_PSK" }],
        },
        complainOfWifiPassphrase,
      ),
      country: text(
        {
          takes: "a country code",
          description: "Country whose radio rules apply, for example DE. A Pi needs it to enable Wi-Fi.",
          examples: ["DE"],
        },
        complainOfCountry,
      ),
      hidden: yesNo({ description: "Whether the network hides its name; false by default." }),
      security: choice(
        {
          description:
            "Security of the network; wpa2 by default, which also joins a network with WPA2 and WPA3.",
        },
        ["wpa2", "wpa3", "open"],
      ),
    }),
  });
}

function complainOfSsid(value: string): Complaint | undefined {
  const bytes = Buffer.byteLength(value);
  return bytes >= 1 && bytes <= 32
    ? undefined
    : { message: `the name of a wireless network has 1 to 32 bytes, not ${bytes}` };
}

function complainOfCountry(value: string): Complaint | undefined {
  return /^[A-Z]{2}$/.test(value)
    ? undefined
    : { message: "a country code must be two capital letters, like DE" };
}
