import { sha1 } from "@noble/hashes/legacy.js";
import { pbkdf2 } from "@noble/hashes/pbkdf2.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { bytesToHex } from "@noble/hashes/utils.js";

// In the page's bundle this file is `node:crypto`: the part that the compiler uses.

/** A SHA-256 with node's methods. */
export function createHash(_algorithm: "sha256") {
  const hash = sha256.create();
  const own = {
    update: (content: string | Uint8Array) => {
      hash.update(typeof content === "string" ? new TextEncoder().encode(content) : content);
      return own;
    },
    digest: (_encoding: "hex") => bytesToHex(hash.digest()),
  };
  return own;
}

/** The key of a Wi-Fi network. */
export function pbkdf2Sync(passphrase: string, salt: string, rounds: number, bytes: number, _hash: "sha1") {
  const key = pbkdf2(sha1, passphrase, salt, { c: rounds, dkLen: bytes });
  return { toString: (_encoding: "hex") => bytesToHex(key) };
}
