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
