import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { execute } from "./scratch-root.ts";

/** A certificate for `localhost` in a folder, signed by itself: the paths of both files and their content. */
export async function makeCertificate(folder: string): Promise<{
  readonly certFile: string;
  readonly keyFile: string;
  readonly cert: string;
  readonly key: string;
}> {
  const [certFile, keyFile] = [join(folder, "cert.pem"), join(folder, "key.pem")];
  const words =
    "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost";
  const { code, stderr } = await execute("openssl", [
    ...words.split(" "),
    "-addext",
    "subjectAltName=DNS:localhost",
    "-keyout",
    keyFile,
    "-out",
    certFile,
  ]);
  if (code !== 0) throw new Error(stderr);
  return { certFile, keyFile, cert: await readFile(certFile, "utf8"), key: await readFile(keyFile, "utf8") };
}
