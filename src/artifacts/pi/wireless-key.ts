import { pbkdf2Sync } from "node:crypto";
import type { WifiPlan } from "../../plan/resolve-network.ts";

/**
 * The secret on the card for a Wi-Fi network. WPA2: the key derived from passphrase and name (IEEE 802.11, J.4), so that
 * the passphrase, which may be used elsewhere, is not on the card. WPA3 negotiates a new key at each connection and
 * needs the passphrase. `undefined`: the network is open.
 */
export function wirelessKey({ ssid, security }: WifiPlan, psk: string | undefined): string | undefined {
  if (security === "open") return undefined;
  if (psk === undefined) throw new Error("a secured Wi-Fi network has no passphrase");
  if (security === "wpa3") return psk;
  return /^[0-9a-fA-F]{64}$/.test(psk)
    ? psk.toLowerCase()
    : pbkdf2Sync(psk, ssid, 4096, 32, "sha1").toString("hex");
}
