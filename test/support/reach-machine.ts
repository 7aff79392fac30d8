import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import type { Machine } from "./machine.ts";

/**
 * Lets the admin log in to a machine of `withMachine`, with sudo, and writes an `ssh` that reaches it whatever the address
 * is; gives the `PATH` with it.
 */
export async function reachMachine(machine: Machine, folder: string): Promise<string> {
  await machine.must("/opt/honeypot/first-boot/20-admin.sh");
  await machine.write(
    "/root/.ssh/config",
    "StrictHostKeyChecking accept-new\nIdentityFile /root/key\n",
    "0600",
  );
  const bin = join(folder, "bin");
  await mkdir(bin);
  const client = `#!/bin/sh\nexec ${machine.enter.join(" ")} ssh -F /root/.ssh/config -o HostName=127.0.0.1 "$@"\n`;
  await writeFile(join(bin, "ssh"), client, { mode: 0o755 });
  return `${bin}${delimiter}${process.env.PATH}`;
}

/** Puts an archive with its checksum where the sensor keeps them, which only root may read. */
export async function putOnMachine(machine: Machine, file: string, content: string): Promise<void> {
  await machine.must(
    `install -d -m 0700 /var/backups/honeypot && cd /var/backups/honeypot
    printf %s "$2" >"$1" && sha256sum "$1" >"$1.sha256" && chmod 600 "$1" "$1.sha256"`,
    file,
    content,
  );
}
