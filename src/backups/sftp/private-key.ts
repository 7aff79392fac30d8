import { createPrivateKey } from "node:crypto";

/**
 * Returns a private key in a form that ssh2 reads. OpenSSH reads RSA and ECDSA keys in PKCS#8 as well, so those are
 * written in the older form of their kind. Returns anything else as it is.
 */
export function readableKey(pem: string): string {
  const text = pem.replaceAll("\r\n", "\n");
  if (!text.includes("-----BEGIN PRIVATE KEY-----")) return text;
  try {
    const key = createPrivateKey(text);
    if (key.asymmetricKeyType === "rsa") return key.export({ type: "pkcs1", format: "pem" }).toString();
    if (key.asymmetricKeyType === "ec") return key.export({ type: "sec1", format: "pem" }).toString();
  } catch {
    // ssh2 says what is wrong with it.
  }
  return text;
}
