import { isOnLink } from "../../plan/on-link.ts";
import type { Plan } from "../../plan/plan.ts";
import type { NetworkPlan, WifiPlan } from "../../plan/resolve-network.ts";
import type { Artifact } from "../artifact.ts";
import { isOnWifi } from "./wireless-config.ts";
import { wirelessKey } from "./wireless-key.ts";

/**
 * NetworkManager connections for images without cloud-init: Wi-Fi, and Ethernet with static addresses. Ethernet with
 * DHCP needs none. NetworkManager refuses files that other users than root can read.
 */
export function networkManagerFiles(plan: Plan, psk: string | undefined): readonly Artifact[] {
  const { network, wifi } = plan;
  const isWireless = isOnWifi(network, wifi);
  const files: Artifact[] = [];
  if (wifi !== undefined)
    files.push(
      keyFile("honeypot-wifi", [...wireless(wifi, psk), ...addresses(isWireless ? network : undefined)]),
    );
  if (network !== undefined && !isWireless)
    files.push(keyFile("honeypot-wire", [...wired(network), ...addresses(network)]));
  return files;
}

type Section = readonly [name: string, entries: readonly (readonly [key: string, value: string])[]];

function keyFile(id: string, sections: readonly Section[]): Artifact {
  const text = sections.map(
    ([name, entries]) => `[${name}]\n${entries.map(([key, value]) => `${key}=${value}\n`).join("")}`,
  );
  return {
    path: `/etc/NetworkManager/system-connections/${id}.nmconnection`,
    mode: 0o600,
    content: text.join("\n"),
  };
}

function wired(network: NetworkPlan): readonly Section[] {
  return [
    [
      "connection",
      [
        ["id", "honeypot-wire"],
        ["type", "ethernet"],
        ["interface-name", network.interface],
      ],
    ],
  ];
}

function wireless(wifi: WifiPlan, psk: string | undefined): readonly Section[] {
  const key = wirelessKey(wifi, psk);
  // The name as bytes, because a `;` or a digit in the text could be misinterpreted.
  const ssid = [...new TextEncoder().encode(wifi.ssid)].map((byte) => `${byte};`).join("");
  const device: Section = [
    "connection",
    [
      ["id", "honeypot-wifi"],
      ["type", "wifi"],
      ["interface-name", "wlan0"],
    ],
  ];
  const network: Section = [
    "wifi",
    [["mode", "infrastructure"], ["ssid", ssid], ...(wifi.isHidden ? [["hidden", "true"] as const] : [])],
  ];
  if (key === undefined) return [device, network];
  const security: Section = [
    "wifi-security",
    [
      ["key-mgmt", wifi.security === "wpa3" ? "sae" : "wpa-psk"],
      ["psk", escaped(key)],
    ],
  ];
  return [device, network, security];
}

// The escapes of a GKeyFile, for one line of printable characters.
function escaped(value: string): string {
  return value.replaceAll("\\", "\\\\").replace(/^ +| +$/g, (blanks) => "\\s".repeat(blanks.length));
}

function addresses(network: NetworkPlan | undefined): readonly Section[] {
  return [
    ["ipv4", family(network, (address) => !address.includes(":"))],
    ["ipv6", family(network, (address) => address.includes(":"))],
  ];
}

function family(network: NetworkPlan | undefined, isOfIt: (address: string) => boolean): Section[1] {
  const own = network?.addresses.filter(isOfIt) ?? [];
  if (network === undefined || own.length === 0) return [["method", "auto"]];
  const gateway = network.gateways.find(isOfIt);
  const servers = network.nameservers.filter(isOfIt);
  return [
    ["method", "manual"],
    ...own.map((address, index) => [`address${index + 1}`, address] as const),
    ...(gateway === undefined ? [] : wayOut(network, gateway)),
    ...(servers.length === 0 ? [] : [["dns", servers.map((server) => `${server};`).join("")] as const]),
  ];
}

// As netplan writes it for NetworkManager.
function wayOut(network: NetworkPlan, gateway: string): Section[1] {
  if (!isOnLink(network, gateway)) return [["gateway", gateway]];
  return [
    ["route1", `${gateway.includes(":") ? "::/0" : "0.0.0.0/0"},${gateway}`],
    ["route1_options", "onlink=true"],
  ];
}
