import type { Complaint } from "../diagnostics/diagnostic.ts";
import { isPrintableAscii } from "./characters.ts";
import { complainOfKeyKind } from "./private-key-kind.ts";

/** What the value of a secret must look like; complaints never quote it. */
export type SecretAlphabet = (value: string) => Complaint | undefined;

/** A password as zip, 7z and WPA take it alike: printable ASCII, 1 to 127 characters, no blank at either end. */
export const complainOfPassword: SecretAlphabet = (value) => {
  if (value.length > 127) return { message: "the password has more than 127 characters" };
  if (!isPrintableAscii(value))
    return { message: "the password has characters that are not printable ASCII" };
  return value === value.trim() ? undefined : { message: "the password begins or ends with a blank" };
};

/** A WPA passphrase (8 to 63 characters) or a key of 64 hexadecimal digits. */
export const complainOfWifiPassphrase: SecretAlphabet = (value) => {
  if (/^[0-9a-fA-F]{64}$/.test(value) || /^[\x20-\x7e]{8,63}$/.test(value)) return undefined;
  return { message: "a Wi-Fi passphrase has 8 to 63 printable ASCII characters" };
};

/** DShield's API key: what its own programs accept, `bash` and Python alike (`agent.py:120`). */
export const complainOfApiKey: SecretAlphabet = (value) =>
  /^[A-Za-z0-9+/=]{1,256}$/.test(value)
    ? undefined
    : { message: "an API key of DShield has only letters, digits, +, / and =" };

/** A licence key or token of a service: letters, digits and the signs of base64 and of UUIDs. */
export const complainOfToken: SecretAlphabet = (value) =>
  /^[A-Za-z0-9+/=_.-]{1,512}$/.test(value)
    ? undefined
    : { message: "a token has only letters, digits and + / = _ . -" };

/** A private key that OpenSSH on a sensor can use: framed, without a passphrase, of a kind that it knows. */
export const complainOfPrivateKey: SecretAlphabet = (value) => {
  if (hasPassphrase(value))
    return { message: "this private key has a passphrase, which nobody can type on a sensor" };
  return isFramed(value)
    ? complainOfKeyKind(value.replaceAll("\r\n", "\n"))
    : {
        message:
          "this is no private key of OpenSSH: it begins with -----BEGIN ... PRIVATE KEY----- and ends likewise",
      };
};

/** A certificate in PEM, which is no secret: it is read as one because it lies in a file. */
export const complainOfCertificate: SecretAlphabet = (value) =>
  /^-----BEGIN CERTIFICATE-----\n[A-Za-z0-9+/=\n]+\n-----END CERTIFICATE-----\n*$/.test(
    value.replaceAll("\r\n", "\n"),
  )
    ? undefined
    : {
        message:
          "this is no certificate in PEM: -----BEGIN CERTIFICATE-----, lines of base64, -----END CERTIFICATE-----",
      };

// OpenSSH's own format names the cipher first, `none` where there is no passphrase; PEM says it in its frame or header.
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
