import { writeFile } from "node:fs/promises";
import { join } from "node:path";

/**
 * Writes an `ssh` that reaches the guest at its ports on this machine, with the `key` in the folder, and returns a PATH
 * with it. `ports`: the port here for each port of the guest.
 */
export async function guestSsh(folder: string, ports: ReadonlyMap<number, number>): Promise<string> {
  const options = `-i ${join(folder, "key")} -o IdentitiesOnly=yes -o StrictHostKeyChecking=accept-new -o UserKnownHostsFile=${join(folder, "known_hosts")} -o HostKeyAlias=guest`;
  const cases = [...ports].map(([guest, here]) => `${guest}) port=${here} ;;`).join(" ");
  // ssh uses the first -p.
  const client = `#!/bin/sh\nif [ "$1" = -p ]; then case "$2" in ${cases} *) port=9 ;; esac; fi\nexec /usr/bin/ssh -F none \${port:+-p "$port"} ${options} "$@"\n`;
  await writeFile(join(folder, "ssh"), client, { mode: 0o755 });
  return `${folder}:${process.env.PATH}`;
}
