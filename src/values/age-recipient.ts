import type { Complaint } from "../diagnostics/diagnostic.ts";
import { quoted } from "../diagnostics/visible.ts";
import { complainOfSshPublicKey } from "./ssh-public-key.ts";

const bech32Letters = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";

/**
 * A recipient of age as Debian 12's 1.1 knows it: an X25519 public key (`age1...`, with its checksum), an
 * ed25519 or an RSA key of ssh. Recipients of plugins need the plugin on the sensor and are refused.
 */
export function complainOfAgeRecipient(value: string): Complaint | undefined {
  if (value.startsWith("ssh-")) return complainOfSshPublicKey(value, ["ssh-ed25519", "ssh-rsa"]);
  if (/^age1[a-z]+1/.test(value) && !/^age1[02-9ac-hj-np-z]{58}$/.test(value))
    return { message: "this recipient needs an age plugin, which the sensor does not have" };
  if (!/^age1[02-9ac-hj-np-z]{58}$/.test(value))
    return {
      message: `${quoted(value)} is not an age recipient, which is age1 and 58 more characters, or an ssh-ed25519 or ssh-rsa key`,
      hint: "`age-keygen` prints a public key",
    };
  return hasChecksum(value)
    ? undefined
    : {
        message: `a character of the age recipient ${quoted(value)} is wrong`,
        hint: "copy it again: its checksum does not match",
      };
}

/** Whether the checksum of BIP 173 over the human-readable part `age` and the letters after the `1` is right. */
function hasChecksum(recipient: string): boolean {
  const letters = [...recipient.slice(4)].map((letter) => bech32Letters.indexOf(letter));
  const prefix = [..."age"].map((letter) => letter.charCodeAt(0));
  const values = [...prefix.map((code) => code >> 5), 0, ...prefix.map((code) => code & 31), ...letters];
  const generators = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
  let checksum = 1;
  for (const value of values) {
    const top = checksum >>> 25;
    checksum = ((checksum & 0x1ffffff) << 5) ^ value;
    for (const [bit, generator] of generators.entries()) if ((top >> bit) & 1) checksum ^= generator;
  }
  return checksum === 1;
}
