import { createHash } from "node:crypto";

/** A server's public key as in a known_hosts file: its type and the base64 of its blob. */
export type HostKey = { readonly type: HostKeyType; readonly base64: string };

/**
 * The signature algorithms for each type of key that can be pinned. Pinning also restricts the types, so a server (or an
 * impostor) cannot present a key of another type. No SHA-1.
 */
export const signatureAlgorithms = {
  "ssh-ed25519": ["ssh-ed25519"],
  "ecdsa-sha2-nistp256": ["ecdsa-sha2-nistp256"],
  "ecdsa-sha2-nistp384": ["ecdsa-sha2-nistp384"],
  "ecdsa-sha2-nistp521": ["ecdsa-sha2-nistp521"],
  "ssh-rsa": ["rsa-sha2-512", "rsa-sha2-256"],
} as const;

export type HostKeyType = keyof typeof signatureAlgorithms;

/** Parses `TYPE BASE64 [COMMENT]`; `undefined` if it is not a host key, or not of the stated type. */
export function parseHostKey(line: string): HostKey | undefined {
  const [type = "", base64 = ""] = line.trim().split(/\s+/);
  if (!isHostKeyType(type) || !/^[A-Za-z0-9+/]+={0,2}$/.test(base64)) return undefined;
  const blob = Buffer.from(base64, "base64");
  return typeOf(blob) === type && blob.length > type.length + 32 ? { type, base64 } : undefined;
}

/** Parses the blob that a server presented. */
export function hostKeyOf(blob: Buffer): HostKey | undefined {
  const type = typeOf(blob);
  return isHostKeyType(type) ? { type, base64: blob.toString("base64") } : undefined;
}

/** The fingerprint as in `ssh-keygen -l`: `SHA256:` and unpadded base64. */
export function fingerprint(key: HostKey): string {
  const digest = createHash("sha256").update(Buffer.from(key.base64, "base64")).digest("base64");
  return `SHA256:${digest.replace(/=+$/, "")}`;
}

/** The key as in the settings. */
export function hostKeyText({ type, base64 }: HostKey): string {
  return `${type} ${base64}`;
}

/** The host as in a known_hosts file: in brackets with its port, unless that is 22. */
export function knownHostName(host: string, port: number): string {
  return port === 22 ? host : `[${host}]:${port}`;
}

function isHostKeyType(type: string): type is HostKeyType {
  return Object.hasOwn(signatureAlgorithms, type);
}

// The blob begins with its type: a length of four bytes, then the name.
function typeOf(blob: Buffer): string {
  if (blob.length < 4) return "";
  return blob.subarray(4, 4 + Math.min(blob.readUInt32BE(0), 64)).toString("latin1");
}
