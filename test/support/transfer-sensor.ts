import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Test } from "uvu";
import { putArchive, sha256 } from "./remote-archives.ts";
import { makeScratchRoot, type Outcome, type ScratchRoot } from "./scratch-root.ts";
import { type SftpServer, startSftpServer } from "./sftp-server.ts";

export const first = "attic-pi_dshield_logs_2026-11-23_03-00-00.zip";
export const second = "attic-pi_home_2026-11-24_03-00-00.tar.zst.age";
export const third = "attic-pi_home_2026-11-25_03-00-00.tar.zst.age";
export const backups = "var/backups/honeypot";
export const state = "var/lib/honeypot/state";

/** The backup server of most tests. */
export let sshd: SftpServer;
/** The sensor, whose settings name {@link sshd}. */
export let root: ScratchRoot;
/** An empty folder for a faulty server. */
export let faulty: string;

/** Starts the server before the tests of a suite, and makes a new sensor before each. */
export function prepareTransfer(test: Test): void {
  test.before(async () => {
    sshd = await startSftpServer();
  });
  test.after(() => sshd?.remove());
  test.before.each(async () => {
    for (const name of await readdir(sshd.folder)) await rm(join(sshd.folder, name), { recursive: true });
    faulty = await mkdtemp(join(tmpdir(), "sensorbake-faulty-"));
    root = await makeScratchRoot();
    await root.stub("timedatectl", "echo yes");
    await pointAt(sshd);
  });
  test.after.each(async () => {
    await root.remove();
    await rm(faulty, { recursive: true, force: true });
  });
}

type Reached = { readonly port: number; readonly hostKey: string };

/** Points the sensor at a server that accepts the login of {@link sshd}. */
export async function pointAt(
  server: Reached,
  more: Readonly<Record<string, string>> = {},
  hostKey = server.hostKey,
): Promise<void> {
  await root.configure({
    TRANSFER_HOST: "127.0.0.1",
    TRANSFER_PORT: String(server.port),
    TRANSFER_USER: sshd.user,
    TRANSFER_PATH: server === sshd ? sshd.path : "/",
    TRANSFER_LIMIT_KBIT: "0",
    TRANSFER_KEEP_DAYS: "0",
    ...more,
  });
  await root.write("etc/honeypot/known_hosts", `backup-server ${hostKey}\n`);
  await root.write("etc/honeypot/secrets/transfer_key", sshd.privateKey, { mode: 0o600 });
}

/** Points the sensor at a server with a login of its own. */
export async function use(server: SftpServer, more: Readonly<Record<string, string>> = {}): Promise<void> {
  await pointAt(server, { TRANSFER_USER: server.user, TRANSFER_PATH: server.path, ...more });
  await root.write("etc/honeypot/secrets/transfer_key", server.privateKey, { mode: 0o600 });
}

export const transfer = (environment: Readonly<Record<string, string>> = {}): Promise<Outcome> =>
  root.run("opt/honeypot/scripts/transfer.sh", [], {
    environment: { transfer_pause_seconds: "0", transfer_patience_seconds: "20", ...environment },
    timeoutSeconds: 60,
  });

export const make = (file: string, content: number | Uint8Array) =>
  putArchive(root.path(backups), file, content);
export const there = async (folder = sshd.folder) => (await readdir(folder)).sort();
export const arrived = async (file: string, folder = sshd.folder) =>
  sha256(await readFile(join(folder, file)));
export const ledger = async () =>
  (await root.read(`${state}/transferred`).catch(() => "")).split("\n").filter(Boolean);
export const lastLine = async () =>
  (await root.read("var/log/honeypot/scp_backup.log")).trim().split("\n").at(-1) ?? "";
