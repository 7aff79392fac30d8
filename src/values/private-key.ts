import type { Complaint } from "../diagnostics/diagnostic.ts";

/** How private keys begin: PEM, OpenSSH's body without its first line, PuTTY, age. */
const beginnings =
  /-----BEGIN [A-Z0-9 ]*PRIVATE KEY|b3BlbnNzaC1rZXktdjE|PuTTY-User-Key-File|AGE-SECRET-KEY-/i;

/** Whether text contains a private key or its beginning; such text is never echoed. */
export function holdsPrivateKey(text: string): boolean {
  return beginnings.test(text);
}

/** The ranges of private keys in a text, up to their ends. */
export const privateKeys =
  /-----BEGIN [A-Z0-9 ]*PRIVATE KEY[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$)|b3BlbnNzaC1rZXktdjE[A-Za-z0-9+/=\s]*|PuTTY-User-Key-File[\s\S]*?(?:Private-MAC:.*|$)|AGE-SECRET-KEY-[0-9A-Z]*/gi;

/** Refuses a private key in place of a public key or another value; the message does not show it. */
export function complainOfPrivateKeyInText(text: string): Complaint | undefined {
  if (!holdsPrivateKey(text)) return undefined;
  return /AGE-SECRET-KEY-/i.test(text)
    ? {
        message: "this is an age identity, the private half of a pair; it must not be in a settings file",
        hint: "write its public key (`age-keygen -y FILE` prints it); if this file was shared, create a new pair",
      }
    : {
        message:
          "this is a private key; keep it on the machine where it was created, never in a settings file",
        hint: "write the public key from the .pub file; if this file was shared, create a new pair",
      };
}
