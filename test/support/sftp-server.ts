import { type ChildProcess, spawn } from "node:child_process";
import { appendFile, chmod, cp, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freePort } from "../../src/emulation/free-port.ts";
import { killTree } from "./kill-tree.ts";
import { execute } from "./scratch-root.ts";

/** A real OpenSSH server on loopback, and what its clients need. */
export type SftpServer = {
  readonly port: number;
  readonly user: string;
  /** `ssh-ed25519 AAAA...`, as it is pinned. */
  readonly hostKey: string;
  /** The text of the private key that may log in, and a file of it. */
  readonly privateKey: string;
  readonly privateKeyFile: string;
  /** The folder for archives: its path for clients, and on this disk. */
  readonly path: string;
  readonly folder: string;
  /** Lets a public key in besides that of `privateKey`. */
  readonly authorize: (publicKey: string) => Promise<void>;
  readonly log: () => string;
  /** The server's process. */
  readonly pid: () => number;
  /** Ends the server and every session of it at once, as a power cut would. */
  readonly kill: () => Promise<void>;
  readonly start: () => Promise<void>;
  /** Ends it for good and removes its files. */
  readonly remove: () => Promise<void>;
};

export type SftpServerOptions = {
  /** Put before the rest of sshd_config, and so before what it would otherwise say. */
  readonly configuration?: string;
  /** May put something else where the archives go. */
  readonly makeFolder?: (folder: string) => Promise<void>;
  /** An account of this machine other than one's own; only root can start a server for it. */
  readonly user?: string;
  /** Offers no SFTP and no chroot but what `configuration` says. */
  readonly isPlain?: boolean;
  /** The type of the host key, as ssh-keygen takes it; ed25519 when absent. */
  readonly hostKeyType?: string;
  readonly hostKeyBits?: number;
};

/** Starts `sshd` with `internal-sftp` and login by key, chrooted where this process may do so (as root). */
export async function startSftpServer(options: SftpServerOptions = {}): Promise<SftpServer> {
  const isRoot = process.getuid?.() === 0;
  // sshd refuses a chroot below a folder that others may write to, like /tmp.
  const home = await mkdtemp(join(isRoot ? "/run" : tmpdir(), "sensorbake-sshd-"));
  if (isRoot) {
    await mkdir("/run/sshd", { recursive: true });
    await chmod(home, 0o755);
  }
  const root = join(home, "root");
  const folder = join(root, "backups");
  await mkdir(folder, { recursive: true });
  await options.makeFolder?.(folder);
  const keys = join(home, "keys");
  await mkdir(keys, { mode: 0o700 });
  const bits = options.hostKeyBits === undefined ? [] : ["-b", String(options.hostKeyBits)];
  for (const [name, type] of [
    ["host", [options.hostKeyType ?? "ed25519", ...bits]],
    ["user", ["ed25519"]],
  ] as const)
    await execute("ssh-keygen", ["-q", "-N", "", "-C", name, "-f", join(keys, name), "-t", ...type]);
  await cp(join(keys, "user.pub"), join(home, "authorized_keys"));
  const port = await freePort();
  const user = options.user ?? (isRoot ? "root" : (process.env.USER ?? "nobody"));
  if (options.user !== undefined) await execute("chown", [options.user, folder]);
  const file = join(home, "sshd_config");
  await writeFile(
    file,
    [
      `Port ${port}`,
      "ListenAddress 127.0.0.1",
      `HostKey ${join(keys, "host")}`,
      "PidFile none",
      `AuthorizedKeysFile ${join(home, "authorized_keys")}`,
      "StrictModes no",
      "UsePAM no",
      "PasswordAuthentication no",
      "KbdInteractiveAuthentication no",
      "PermitRootLogin prohibit-password",
      "MaxStartups 100",
      // sshd takes the first of two.
      options.configuration ?? "",
      "LogLevel VERBOSE",
      ...(options.isPlain ? [] : ["Subsystem sftp internal-sftp"]),
      ...(isRoot && !options.isPlain ? [`ChrootDirectory ${root}`, "ForceCommand internal-sftp"] : []),
      "",
    ].join("\n"),
  );

  let child: ChildProcess | undefined;
  let log = "";
  const start = async () => {
    child = spawn("/usr/sbin/sshd", ["-D", "-e", "-f", file], { stdio: ["ignore", "ignore", "pipe"] });
    child.stderr?.on("data", (chunk: Buffer) => {
      log += chunk.toString();
    });
    await answers(port, () => log);
  };
  const kill = async () => {
    if (child?.pid === undefined || child.exitCode !== null) return;
    const isGone = new Promise((resolve) => child?.once("exit", resolve));
    killTree(child.pid);
    await isGone;
  };
  await start();
  const word = async (path: string) => (await readFile(path, "utf8")).split(" ").slice(0, 2).join(" ");
  return {
    port,
    user,
    hostKey: await word(join(keys, "host.pub")),
    privateKey: await readFile(join(keys, "user"), "utf8"),
    privateKeyFile: join(keys, "user"),
    path: isRoot && !options.isPlain ? "/backups" : folder,
    folder,
    authorize: (publicKey) => appendFile(join(home, "authorized_keys"), publicKey),
    log: () => log,
    pid: () => child?.pid ?? 0,
    kill,
    start,
    remove: async () => {
      await kill();
      await rm(home, { recursive: true, force: true });
    },
  };
}

async function answers(port: number, log: () => string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, "127.0.0.1");
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
      socket.once("connect", () => socket.destroy());
    });
    if (isOpen) return;
    await sleep(50);
  }
  throw new Error(`sshd does not answer: ${log()}`);
}
