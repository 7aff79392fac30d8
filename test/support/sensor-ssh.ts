import { chmod, writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Writes an `ssh` into the folder that reads nothing of this machine's own configuration: it logs in with a key, and knows
 * the hosts in `known_hosts` of the folder.
 */
export async function sensorSsh(folder: string, { keyFile }: { readonly keyFile: string }): Promise<void> {
  const options = `-i ${keyFile} -o IdentitiesOnly=yes -o StrictHostKeyChecking=yes -o UserKnownHostsFile=${join(folder, "known_hosts")}`;
  await writeFile(join(folder, "ssh"), `#!/bin/sh\nexec /usr/bin/ssh -F none ${options} "$@"\n`);
  await chmod(join(folder, "ssh"), 0o755);
}
