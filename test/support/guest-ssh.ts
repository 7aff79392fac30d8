import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Writes an `ssh` that reaches the guest at its port on this machine, with the `key` in the folder, and returns a PATH
 * with it. The command under test names the guest's own port, and ssh uses the first `-p`.
 */
export async function guestSsh(folder: string, port: number): Promise<string> {
  const options = `-i ${join(folder, "key")} -o IdentitiesOnly=yes -o StrictHostKeyChecking=accept-new -o UserKnownHostsFile=${join(folder, "known_hosts")}`;
  const client = `#!/bin/sh\nexec /usr/bin/ssh -F none -p ${port} ${options} "$@"\n`;
  await writeFile(join(folder, "ssh"), client, { mode: 0o755 });
  return `${folder}:${process.env.PATH}`;
}
