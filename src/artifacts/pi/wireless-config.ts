import type { Plan } from "../../plan/plan.ts";
import type { NetworkPlan, WifiPlan } from "../../plan/resolve-network.ts";
import { staticAddresses } from "../network-config.ts";
import { stringifyYaml } from "../yaml.ts";
import { wirelessKey } from "./wireless-key.ts";

/**
 * Network configuration version 2 of a Pi for netplan. Ethernet is always configured, also beside Wi-Fi; booting waits
 * for no device, because often only one is connected.
 */
export function wirelessConfig({ network, wifi }: Plan, psk: string | undefined): string {
  const isWireless = isOnWifi(network, wifi);
  const wire = network === undefined || isWireless ? "eth0" : network.interface;
  return stringifyYaml({
    version: 2,
    ethernets: { [wire]: { ...addresses(isWireless ? undefined : network), optional: true } },
    ...(wifi !== undefined && {
      wifis: {
        wlan0: {
          ...addresses(isWireless ? network : undefined),
          optional: true,
          "access-points": { [wifi.ssid]: accessPoint(wifi, psk) },
        },
      },
    }),
  });
}

/** Whether the static address belongs to the Wi-Fi device. */
export function isOnWifi(network: NetworkPlan | undefined, wifi: WifiPlan | undefined): boolean {
  return wifi !== undefined && network?.interface === "wlan0";
}

function addresses(network: NetworkPlan | undefined) {
  return network === undefined ? { dhcp4: true, dhcp6: true } : staticAddresses(network);
}

function accessPoint(wifi: WifiPlan, psk: string | undefined) {
  const hidden = wifi.isHidden && { hidden: true };
  const key = wirelessKey(wifi, psk);
  if (key === undefined) return { ...hidden, auth: { "key-management": "none" } };
  if (wifi.security === "wpa3") return { ...hidden, auth: { "key-management": "sae", password: key } };
  return { ...hidden, password: key };
}
