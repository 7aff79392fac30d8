import { execFile } from "node:child_process";
import { homedir } from "node:os";
import { join } from "node:path";

/**
 * Fingerprints of a host's keys in the user's known_hosts, such as `ED25519 SHA256:...`. Empty if there are none, or if
 * ssh-keygen is not installed.
 */
export async function knownFingerprints(host: string, port: number): Promise<readonly string[]> {
  const name = port === 22 ? host : `[${host}]:${port}`;
  const words = ["-l", "-f", join(homedir(), ".ssh", "known_hosts"), "-F", name];
  const answer = await new Promise<string>((resolve) => {
    execFile("ssh-keygen", words, { encoding: "utf8" }, (error, stdout) =>
      resolve(error === null ? stdout : ""),
    );
  });
  const found = answer.matchAll(/ ([A-Z0-9-]{1,20}) (SHA256:[A-Za-z0-9+/]{43})$/gm);
  return [...found].map(([, type, fingerprint]) => `${type} ${fingerprint}`);
}
