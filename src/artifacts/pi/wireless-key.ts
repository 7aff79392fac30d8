import { pbkdf2Sync } from "node:crypto";
import type { WifiPlan } from "../../plan/plan.ts";

/**
 * What stands on the card for a network's passphrase. WPA2: the key that is derived from it and the name
 * (IEEE 802.11, J.4), so that the passphrase itself, which may open more than this network, is not there. WPA3 makes
 * a new key at each connection and needs the passphrase. `undefined`: the network is open.
 */
export function wirelessKey({ ssid, security }: WifiPlan, psk: string | undefined): string | undefined {
  if (security === "open") return undefined;
  if (psk === undefined) throw new Error("a locked wireless network without a passphrase");
  if (security === "wpa3") return psk;
  return /^[0-9a-fA-F]{64}$/.test(psk)
    ? psk.toLowerCase()
    : pbkdf2Sync(psk, ssid, 4096, 32, "sha1").toString("hex");
}
