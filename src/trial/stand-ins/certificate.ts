import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { isIP } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { OutsideError } from "../../diagnostics/outside-error.ts";
import { findProgram } from "../../emulation/find-program.ts";
import { runProgram } from "../../emulation/run-program.ts";

/** A certificate that signs itself, and its private key, as PEM. */
export type Certificate = { readonly cert: string; readonly key: string };

/** Makes the certificate of a trial's stand-ins, for all their names. Needs `openssl`. */
export async function makeCertificate(names: readonly string[]): Promise<Certificate> {
  const folder = await mkdtemp(join(tmpdir(), "sensorbake-trial-"));
  const file = (name: string): string => join(folder, name);
  try {
    // Names of secret URLs are not for a command line.
    await writeFile(file("settings"), settingsFor(names), { mode: 0o600 });
    await runProgram("openssl", [
      ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30".split(" "),
      ...["-config", file("settings"), "-keyout", file("key.pem"), "-out", file("cert.pem")],
    ]);
    return { cert: await readFile(file("cert.pem"), "utf8"), key: await readFile(file("key.pem"), "utf8") };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function settingsFor(names: readonly string[]): string {
  const alternatives = names.map((name) => `${isIP(name) === 0 ? "DNS" : "IP"}:${name}`).join(",");
  return `[req]
prompt = no
distinguished_name = name
x509_extensions = extensions
[name]
CN = sensorbake try
[extensions]
basicConstraints = critical, CA:true
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid:always
# Python requires it of a certificate that signs.
keyUsage = critical, digitalSignature, keyCertSign
subjectAltName = ${alternatives}
`;
}

/** Throws `OutsideError` with the package to install if `openssl` is missing. */
export function requireOpenssl(): void {
  if (findProgram("openssl") === undefined)
    throw new OutsideError("openssl is not installed", "on Debian and Ubuntu: apt install openssl");
}
