import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Writes an `ssh` into the folder that reads nothing of this machine's own configuration: it logs in with a key, and knows
 * the hosts in `known_hosts` of the folder. ssh uses the first `-l`, so `user` overrides that of the command under test.
 */
export async function sensorSsh(
  folder: string,
  { keyFile, user }: { readonly keyFile: string; readonly user?: string },
): Promise<void> {
  const login = user === undefined ? "" : `-l ${user}`;
  const options = `-i ${keyFile} -o IdentitiesOnly=yes -o StrictHostKeyChecking=yes -o UserKnownHostsFile=${join(folder, "known_hosts")}`;
  const client = `#!/bin/sh\nexec /usr/bin/ssh -F none ${login} ${options} "$@"\n`;
  await writeFile(join(folder, "ssh"), client, { mode: 0o755 });
}
