import { execFile } from "node:child_process";
import { chmod, cp, mkdir, mkdtemp, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join, relative, resolve } from "node:path";
import { killTree } from "./kill-tree.ts";
import { listFiles } from "./list-files.ts";

export type Outcome = { readonly code: number; readonly stdout: string; readonly stderr: string };

export type RunOptions = {
  /** Added to the environment of the script, over `PATH`, `HONEYPOT_ROOT` and the rest. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Words before the script: `["ip", "netns", "exec", "x"]`. */
  readonly wrapper?: readonly string[];
  readonly timeoutSeconds?: number;
};

export type ScratchRoot = {
  readonly root: string;
  /** The absolute path of a path on the sensor: `path("var/log")`. */
  readonly path: (onSensor: string) => string;
  /** Environment of a script: `PATH` with the stubs first, `HONEYPOT_ROOT`, `LC_ALL=C`. */
  readonly environment: Readonly<Record<string, string>>;
  /** Runs a script of the sensor by its path there: `run("opt/honeypot/scripts/backup.sh", ["--if-missed"])`. */
  readonly run: (script: string, args?: readonly string[], options?: RunOptions) => Promise<Outcome>;
  /** Writes a file, and the folders above it; `ageHours` sets its time back. */
  readonly write: (
    onSensor: string,
    content: string | Uint8Array,
    options?: { readonly mode?: number; readonly ageHours?: number },
  ) => Promise<string>;
  readonly read: (onSensor: string) => Promise<string>;
  /** Lays a template that not every sensor has: `lay("usr/local/lib/honeypot/status/x.sh")`. */
  readonly lay: (onSensor: string) => Promise<void>;
  readonly exists: (onSensor: string) => Promise<boolean>;
  /** Puts a command in front of `PATH`; `body` follows `#!/bin/bash`. */
  readonly stub: (command: string, body: string) => Promise<void>;
  /** Rewrites `/etc/default/honeypot` with the defaults, overridden by these values. */
  readonly configure: (environment: Readonly<Record<string, string>>) => Promise<void>;
  readonly remove: () => Promise<void>;
};

/** A complete `/etc/default/honeypot`, as a plain sensor has it. */
export const defaultEnvironment: Readonly<Record<string, string>> = {
  SENSOR_NAME: "attic-pi",
  TIMEZONE: "Etc/UTC",
  PACKAGES: "tcpdump zip unzip",
  ADMIN_USER: "analyst",
  ADMIN_SSH_PORT: "12222",
  ADMIN_ALLOW_FROM: "198.51.100.0/24",
  CAPTURE_INTERFACE: "auto",
  CAPTURE_FILTER: "not port 12222",
  CAPTURE_SNAP_LENGTH: "65535",
  CAPTURE_ROTATE_SECONDS: "86400",
  CAPTURE_ROTATE_MEGABYTES: "512",
  CAPTURE_KEEP_DAYS: "14",
  LOGS_KEEP_DAYS: "30",
  BACKUP_SETS: "home logs srv dshield_logs crontabs dumps",
  BACKUP_FORMAT: "zip",
  BACKUP_KEEP_DAYS: "14",
  BACKUP_INTERVAL_SECONDS: "86400",
  DISK_MAX_USED_PERCENT: "85",
};

const folders: readonly (readonly [path: string, mode: number])[] = [
  ["etc/default", 0o755],
  ["etc/honeypot/secrets", 0o700],
  ["run/honeypot", 0o700],
  ["tmp", 0o1777],
  ["var/backups/honeypot", 0o700],
  ["var/lib/honeypot/dumps", 0o750],
  ["var/lib/honeypot/state", 0o755],
  ["var/log/honeypot/cowrie", 0o750],
  ["var/log/honeypot/firewall", 0o750],
  ["var/log/honeypot/webhoneypot", 0o750],
];

/**
 * A temporary root that looks like a sensor's after its first boot: the scripts of `templates/` with their
 * modes (but not the status checks of single features), the directories, and `/etc/default/honeypot` from {@link defaultEnvironment} overlaid by `environment`.
 * The caller removes it.
 */
export async function makeScratchRoot(
  environment: Readonly<Record<string, string>> = {},
): Promise<ScratchRoot> {
  const root = await mkdtemp(join(tmpdir(), "sensorbake-root-"));
  await chmod(root, 0o755);
  const path = (onSensor: string): string => join(root, onSensor);
  for (const [folder, mode] of folders) {
    await mkdir(path(folder), { recursive: true });
    await chmod(path(folder), mode);
  }
  for (const top of ["opt", "usr"]) await copyTemplates(resolve("templates", top), path(top));
  const stubs = path("stubs");
  await mkdir(stubs);

  const write: ScratchRoot["write"] = async (onSensor, content, { mode, ageHours } = {}) => {
    const target = path(onSensor);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, content);
    if (mode !== undefined) await chmod(target, mode);
    if (ageHours !== undefined) {
      const then = Date.now() / 1000 - ageHours * 3600;
      await utimes(target, then, then);
    }
    return target;
  };
  const configure: ScratchRoot["configure"] = async (changes) => {
    await write("etc/default/honeypot", environmentFile({ ...defaultEnvironment, ...changes }), {
      mode: 0o600,
    });
  };
  await configure(environment);

  const scriptEnvironment = {
    PATH: [stubs, "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"].join(delimiter),
    HONEYPOT_ROOT: root,
    HOME: path("root"),
    LC_ALL: "C",
    TMPDIR: path("tmp"),
  };

  return {
    root,
    path,
    environment: scriptEnvironment,
    run: (script, args = [], { environment: added = {}, wrapper = [], timeoutSeconds = 300 } = {}) => {
      const [command, ...words] = [...wrapper, path(script), ...args];
      return execute(command as string, words, { ...scriptEnvironment, ...added }, timeoutSeconds);
    },
    write,
    lay: (onSensor) => layTemplate(join(resolve("templates"), onSensor), path(onSensor)),
    read: (onSensor) => readFile(path(onSensor), "utf8"),
    exists: (onSensor) =>
      stat(path(onSensor)).then(
        () => true,
        () => false,
      ),
    stub: async (command, body) => {
      await write(join("stubs", command), `#!/bin/bash\n${body}\n`, { mode: 0o755 });
    },
    configure,
    remove: () => rm(root, { recursive: true, force: true }),
  };
}

/**
 * Runs a command with an argument list and empty standard input; never rejects for its exit code. A signal counts as
 * 128. After the timeout it kills the command and everything that the command started, which may hold the output open.
 */
export function execute(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>> = process.env,
  timeoutSeconds = 300,
): Promise<Outcome> {
  return new Promise((done, fail) => {
    const options = { env: environment, maxBuffer: 64 * 1024 * 1024 };
    const child = execFile(command, [...args], options, (error, stdout, stderr) => {
      clearTimeout(timer);
      if (error && typeof error.code === "string") fail(error);
      else done({ code: error ? Number(error.code ?? 128) : 0, stdout, stderr });
    });
    child.stdin?.end();
    const timer = setTimeout(() => {
      if (child.pid !== undefined) killTree(child.pid);
    }, timeoutSeconds * 1000);
  });
}

/** The form bash, dash and systemd's `EnvironmentFile=` read alike. */
function environmentFile(environment: Readonly<Record<string, string>>): string {
  return Object.entries(environment)
    .map(([key, value]) => `${key}="${value.replace(/["\\$`]/g, "\\$&")}"\n`)
    .join("");
}

async function copyTemplates(from: string, to: string): Promise<void> {
  for (const file of await listFiles(from)) {
    if (file.endsWith(".mustache") || file.includes(statusChecks)) continue;
    await layTemplate(file, join(to, relative(from, file)));
  }
}

const statusChecks = "/usr/local/lib/honeypot/status/";

async function layTemplate(file: string, target: string): Promise<void> {
  await mkdir(dirname(target), { recursive: true });
  await cp(file, target);
  await chmod(target, modeOf(file));
}

function modeOf(file: string): number {
  if (basename(file) === "honeypot-status") return 0o755;
  if (file.includes(statusChecks)) return 0o644;
  return file.endsWith(".sh") || /\/(first-boot|usr\/local\/bin)\//.test(file) ? 0o700 : 0o644;
}
