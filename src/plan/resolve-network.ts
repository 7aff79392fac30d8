import type { MergedSensor } from "../settings/merge.ts";
import { canonicalAddress } from "../values/addresses.ts";
import { distinct, networks } from "./distinct.ts";
import { type Secret, toSecret } from "./secret.ts";

/** A static address on one interface. */
export type NetworkPlan = {
  readonly interface: string;
  /** Addresses with prefix length, e.g. `192.0.2.10/24`. */
  readonly addresses: readonly string[];
  /** Default gateways, at most one per address family. */
  readonly gateways: readonly string[];
  readonly nameservers: readonly string[];
};

/** The Wi-Fi network, on the device `wlan0`. */
export type WifiPlan = {
  /** 1 to 32 bytes of UTF-8. */
  readonly ssid: string;
  readonly security: "wpa2" | "wpa3" | "open";
  /** `undefined` if the network is open. */
  readonly psk: Secret | undefined;
  /** Two capital letters. */
  readonly country: string;
  readonly isHidden: boolean;
};

type WifiSettings = NonNullable<NonNullable<MergedSensor["network"]>["wifi"]>;

/** Resolves the static addresses; `undefined`: DHCP. */
export function resolveNetwork(network: NonNullable<MergedSensor["network"]>): NetworkPlan | undefined {
  if (network.addresses === undefined || network.interface === undefined) return undefined;
  const addresses = (list: readonly string[] = []) =>
    distinct(list.map((address) => canonicalAddress(address) ?? address));
  return {
    interface: network.interface,
    addresses: networks(network.addresses),
    gateways: addresses(network.gateways),
    nameservers: addresses(network.nameservers),
  };
}

/** Resolves the Wi-Fi network; a rule reports missing parts (name, passphrase, country). */
export function resolveWifi(wifi: WifiSettings): WifiPlan {
  const security = wifi.security ?? "wpa2";
  return {
    ssid: wifi.ssid ?? "",
    security,
    psk: security === "open" || wifi.psk === undefined ? undefined : toSecret(wifi.psk),
    country: wifi.country ?? "",
    isHidden: wifi.hidden ?? false,
  };
}
