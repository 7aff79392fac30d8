import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { isIP } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { OutsideError } from "../../diagnostics/outside-error.ts";

/** A certificate that signs itself, and its private key, as PEM. */
export type Certificate = { readonly cert: string; readonly key: string };

/** Makes the certificate of a trial's stand-ins, for all their names. Needs `openssl`. */
export async function makeCertificate(names: readonly string[]): Promise<Certificate> {
  const folder = await mkdtemp(join(tmpdir(), "sensorbake-trial-"));
  const alternatives = names.map((name) => `${isIP(name) === 0 ? "DNS" : "IP"}:${name}`).join(",");
  const words = [
    ..."req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30".split(" "),
    ...["-subj", "/CN=sensorbake try", "-addext", `subjectAltName=${alternatives}`],
    // Python requires it of a certificate that signs.
    ...["-addext", "keyUsage=critical,digitalSignature,keyCertSign"],
    ...["-keyout", join(folder, "key.pem"), "-out", join(folder, "cert.pem")],
  ];
  try {
    await promisify(execFile)("openssl", words);
    const [cert, key] = await Promise.all(
      ["cert.pem", "key.pem"].map((name) => readFile(join(folder, name), "utf8")),
    );
    return { cert: cert ?? "", key: key ?? "" };
  } catch (error) {
    const isMissing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new OutsideError(
      isMissing ? "openssl is not installed" : "openssl could not make a certificate",
      "install openssl: a trial makes a certificate for its stand-ins",
    );
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
