import type { Complaint } from "../diagnostics/diagnostic.ts";

/** Beginnings of private keys as tools write them: PEM, OpenSSH's body without its frame, PuTTY, age. */
const beginnings =
  /-----BEGIN [A-Z0-9 ]*PRIVATE KEY|b3BlbnNzaC1rZXktdjE|PuTTY-User-Key-File|AGE-SECRET-KEY-/i;

/** Whether text holds a private key, or the beginning of one: it is never echoed. */
export function holdsPrivateKey(text: string): boolean {
  return beginnings.test(text);
}

/** Where private keys stand in a text, with everything up to their end. */
export const privateKeys =
  /-----BEGIN [A-Z0-9 ]*PRIVATE KEY[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$)|b3BlbnNzaC1rZXktdjE[A-Za-z0-9+/=\s]*|PuTTY-User-Key-File[\s\S]*?(?:Private-MAC:.*|$)|AGE-SECRET-KEY-[0-9A-Z]*/gi;

/** Refuses a private key where a public key or anything else belongs; the sentence does not show it. */
export function complainOfPrivateKeyInText(text: string): Complaint | undefined {
  if (!holdsPrivateKey(text)) return undefined;
  return /AGE-SECRET-KEY-/i.test(text)
    ? {
        message: "this is an age identity, the private half of a pair; it must not stand in a settings file",
        hint: "write its public key: `age-keygen -y FILE` prints it; if this file was shared, make a new pair",
      }
    : {
        message:
          "this is a private key; it must never leave the machine it was made on, nor stand in a settings file",
        hint: "write the public half, the file that ends in .pub; if this file was shared, make a new pair",
      };
}
