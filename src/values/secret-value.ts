import type { Complaint } from "../diagnostics/diagnostic.ts";
import { isPrintableAscii } from "./characters.ts";
import { complainOfKeyKind } from "./private-key-kind.ts";

/** The required form of a secret's value; messages never quote it. */
export type SecretCheck = (value: string) => Complaint | undefined;

/** A password that zip, 7z and WPA accept: printable ASCII, 1 to 127 characters, no space at either end. */
export const complainOfPassword: SecretCheck = (value) => {
  if (value.length > 127) return { message: "the password has more than 127 characters" };
  if (!isPrintableAscii(value))
    return { message: "the password has characters that are not printable ASCII" };
  return value === value.trim() ? undefined : { message: "the password begins or ends with a space" };
};

/** A WPA passphrase (8 to 63 characters) or a key of 64 hexadecimal digits. */
export const complainOfWifiPassphrase: SecretCheck = (value) => {
  if (/^[0-9a-fA-F]{64}$/.test(value) || /^[\x20-\x7e]{8,63}$/.test(value)) return undefined;
  return { message: "a Wi-Fi passphrase must have 8 to 63 printable ASCII characters" };
};

/** DShield's API key: the characters that both its bash and its Python programs accept (`agent.py:120`). */
export const complainOfApiKey: SecretCheck = (value) =>
  /^[A-Za-z0-9+/=]{1,256}$/.test(value)
    ? undefined
    : { message: "a DShield API key may contain only letters, digits, +, / and =" };

/** A licence key or token of a service: letters, digits and the punctuation of base64 and UUIDs. */
export const complainOfToken: SecretCheck = (value) =>
  /^[A-Za-z0-9+/=_.-]{1,512}$/.test(value)
    ? undefined
    : { message: "a token may contain only letters, digits and + / = _ . -" };

/** A private key that OpenSSH on a sensor can use: complete, without a passphrase, of a supported type. */
export const complainOfPrivateKey: SecretCheck = (value) => {
  if (hasPassphrase(value))
    return { message: "this private key has a passphrase, which cannot be typed on a sensor" };
  return isFramed(value)
    ? complainOfKeyKind(value.replaceAll("\r\n", "\n"))
    : {
        message:
          "this is not an OpenSSH private key, which begins with -----BEGIN ... PRIVATE KEY----- and ends likewise",
      };
};

/** A PEM certificate. It is not secret, but is read like a secret because it comes from a file. */
export const complainOfCertificate: SecretCheck = (value) =>
  /^-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+\n-----END CERTIFICATE-----\n*$/.test(
    value.replaceAll("\r\n", "\n"),
  )
    ? undefined
    : {
        message:
          "this is not a PEM certificate: -----BEGIN CERTIFICATE-----, lines of base64, -----END CERTIFICATE-----",
      };

// OpenSSH's own format begins with the cipher, `none` without a passphrase; PEM names it in its first line or header.
function hasPassphrase(key: string): boolean {
  if (/BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED/.test(key)) return true;
  const body = /BEGIN OPENSSH PRIVATE KEY-----([^-]+)/.exec(key)?.[1] ?? "";
  const head = Buffer.from(body.slice(0, 100), "base64").toString("latin1");
  return /^openssh-key-v1\0\0\0\0.(aes|chacha|3des)/s.test(head);
}

function isFramed(key: string): boolean {
  return /^-----BEGIN [A-Z ]*PRIVATE KEY-----\n[\s\S]+\n-----END [A-Z ]*PRIVATE KEY-----\n?$/.test(
    key.replaceAll("\r\n", "\n"),
  );
}
