import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../../src/load/read-release.ts";
import { execute, type Outcome } from "./scratch-root.ts";

export type Machine = {
  /** Runs a bash script in the machine, as root; `words` are its `$1`, `$2`... */
  readonly run: (script: string, ...words: readonly string[]) => Promise<Outcome>;
  /** As {@link run}, but rejects with the output after a failure. Returns standard output. */
  readonly must: (script: string, ...words: readonly string[]) => Promise<string>;
  /** Words before a command that runs in the machine. */
  readonly enter: readonly string[];
  readonly write: (path: string, content: string, mode?: string) => Promise<void>;
  /** Kills every process of the machine and discards its files. */
  readonly stop: () => Promise<void>;
};

/** The requirements of {@link startMachine}, for `needs(...)`. */
export const machineTools = ["unshare", "nsenter", "chroot", "mount", "ip"] as const;

/**
 * A machine to break: this one's file system, of which every write is thrown away, with its own processes
 * and its own network that has nothing but `lo`. So scripts run without a redirected root, against the real
 * `/etc`, `useradd`, `apt-get` and `nft`. There is no systemd in it. Needs root and overlayfs.
 */
export async function startMachine(): Promise<Machine> {
  const folder = await mkdtemp(join(tmpdir(), "sensorbake-machine-"));
  const unshare = [
    "--mount",
    "--net",
    "--pid",
    "--fork",
    "--kill-child",
    "bash",
    "-ec",
    setUp,
    "bash",
    folder,
    packageRoot(),
  ];
  const child = spawn("unshare", unshare, { stdio: ["ignore", "pipe", "inherit"] });
  const exit = once(child, "exit");
  const [first] = await Promise.race([once(child.stdout, "data"), exit]);
  const pid = String(first).trim();
  if (!Buffer.isBuffer(first))
    throw new Error(
      `the machine of this test cannot be set up: unshare ended with exit code ${pid}, see the lines above`,
    );

  const enter = ["nsenter", "--target", pid, "--mount", "--net", "--pid", "--root"];
  const environment = { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", LC_ALL: "C" };
  const run: Machine["run"] = (script, ...words) =>
    execute(
      "nsenter",
      [...enter.slice(1), "env", "--chdir=/", "bash", "--norc", "-c", script, "bash", ...words],
      environment,
    );
  const must: Machine["must"] = async (script, ...words) => {
    const { code, stdout, stderr } = await run(script, ...words);
    if (code !== 0) throw new Error(`${script}\nexit ${code}\n${stdout}${stderr}`);
    return stdout;
  };
  return {
    run,
    must,
    enter,
    write: async (path, content, mode = "0644") => {
      const put = 'mkdir -p "$(dirname "$1")"; printf %s "$2" >"$1"; chmod "$3" "$1"';
      await must(put, path, content, mode);
    },
    stop: async () => {
      child.kill("SIGKILL");
      await exit;
      await rmdir(folder);
    },
  };
}

// The process id is read while /proc is still the one of the outside, and reported from inside the root: a command that
// entered before the chroot would write to this machine's own files.
const setUp = `
read -r pid _ </proc/self/stat
mount -t tmpfs tmpfs "$1"
cd "$1"
mkdir upper work root
mount -t overlay -o lowerdir=/,upperdir=upper,workdir=work overlay root
mount -t proc proc root/proc
mount --rbind /dev root/dev
mount -t sysfs sysfs root/sys
mount -t tmpfs -o mode=0755 tmpfs root/run
mount -t tmpfs -o mode=1777 tmpfs root/tmp
# The clone may be below one of the folders that are mounted over: scripts and stand-ins come from it.
if ! test -e "root$2/package.json"; then
  mkdir -p "root$2"
  mount --bind "$2" "root$2"
  mount -o remount,bind,ro "root$2"
fi
mkdir -p root/run/lock root/run/sshd
ip link set lo up
exec chroot root bash -c 'printf "%s\\n" "$1"; exec sleep infinity' bash "$pid"
`;
