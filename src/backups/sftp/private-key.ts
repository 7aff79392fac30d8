import { createPrivateKey } from "node:crypto";

/**
 * Converts a private key to a format that ssh2 reads. OpenSSH also reads RSA and ECDSA keys in PKCS#8, so these are
 * converted to their older format. Returns other keys unchanged.
 */
export function readableKey(pem: string): string {
  const text = pem.replaceAll("\r\n", "\n");
  if (!text.includes("-----BEGIN PRIVATE KEY-----")) return text;
  try {
    const key = createPrivateKey(text);
    if (key.asymmetricKeyType === "rsa") return key.export({ type: "pkcs1", format: "pem" }).toString();
    if (key.asymmetricKeyType === "ec") return key.export({ type: "sec1", format: "pem" }).toString();
  } catch {
    // ssh2 reports the problem.
  }
  return text;
}
