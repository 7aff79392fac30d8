import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../src/load/read-release.ts";
import { ed25519Key } from "../test/support/keys.ts";
import { putArchive } from "../test/support/remote-archives.ts";
import { execute } from "../test/support/scratch-root.ts";
import { startSftpServer } from "../test/support/sftp-server.ts";
import type { Measure } from "./run.ts";

const rounds = 3;

/**
 * `collect` of many small archives and of a large one against OpenSSH's own clients on the same server of this
 * machine, in turn; and the most memory `collect` takes for a small and for a large archive.
 */
export const measure: Measure = async () => {
  const home = await mkdtemp(join(tmpdir(), "sensorbake-bench-"));
  const server = await startSftpServer();
  try {
    const sets = {
      many: { count: 200, bytes: 1_000_000 },
      large: { count: 1, bytes: 1_000_000_000 },
      small: { count: 1, bytes: 10_000_000 },
    };
    for (const [set, { count, bytes }] of Object.entries(sets))
      for (let index = 0; index < count; index++) {
        const name = `${set}_home_2026-11-24_03-${String(Math.floor(index / 60)).padStart(2, "0")}-${String(index % 60).padStart(2, "0")}.zip`;
        await putArchive(join(server.folder, set), name, randomBytes(bytes));
      }
    const settings = join(home, "sensors.yaml");
    await writeFile(join(home, "key"), server.privateKey, { mode: 0o600 });
    await writeFile(join(home, "known"), `[127.0.0.1]:${server.port} ${server.hostKey}\n`);
    await writeFile(
      settings,
      JSON.stringify({
        version: 1,
        defaults: {
          admin: { ssh_keys: [ed25519Key], allow_from: ["198.51.100.0/24"] },
          transfer: {
            host: "127.0.0.1",
            port: server.port,
            user: server.user,
            path: `${server.path}/{sensor}`,
            host_key: server.hostKey,
            private_key: { file: "key" },
          },
        },
        sensors: Object.keys(sets).map((name) => ({ name, target: "nocloud" })),
      }),
    );
    const options = [
      "-q",
      "-P",
      String(server.port),
      "-i",
      join(home, "key"),
      "-o",
      `UserKnownHostsFile=${join(home, "known")}`,
    ];
    const collect = async (set: string) => {
      const command = join(packageRoot(), "dist/sensorbake.js");
      return timed(home, process.execPath, (out) => [
        command,
        "collect",
        settings,
        "--into",
        out,
        "--sensor",
        set,
      ]);
    };
    const other = (program: string) => (set: string) =>
      timed(home, program, (out) => [
        ...options,
        "-r",
        `${server.user}@127.0.0.1:${server.path}/${set}`,
        out,
      ]);
    const lines: string[] = [];
    const goals = { many: 1.2, large: 1.5 };
    const largest = { small: 0, large: 0 };
    for (const [set, goal] of Object.entries(goals)) {
      const ratios: { sftp: number[]; scp: number[] } = { sftp: [], scp: [] };
      for (let round = 0; round < rounds; round++) {
        const ours = await collect(set);
        if (set === "large") largest.large = Math.max(largest.large, ours.megabytes);
        for (const program of ["sftp", "scp"] as const)
          ratios[program].push(ours.seconds / (await other(program)(set)).seconds);
      }
      const { count, bytes } = sets[set as keyof typeof sets];
      lines.push(
        `collect of ${count} x ${bytes / 1e6} MB, verified, takes ${median(ratios.sftp)} times sftp -r and ${median(ratios.scp)} times scp -r (goal: at most ${goal})`,
      );
    }
    for (let round = 0; round < 3; round++)
      largest.small = Math.max(largest.small, (await collect("small")).megabytes);
    lines.push(`its most memory is ${largest.large} MB for 1000 MB, ${largest.small} MB for 10 MB`);
    return lines;
  } finally {
    await server.remove();
    await rm(home, { recursive: true, force: true });
  }
};

async function timed(
  home: string,
  program: string,
  words: (out: string) => readonly string[],
): Promise<{ readonly seconds: number; readonly megabytes: number }> {
  const out = join(home, "out");
  await rm(out, { recursive: true, force: true });
  // What was written before must not be written back while the next one is timed.
  await execute("mkdir", [out]);
  await execute("sync", []);
  const begin = process.hrtime.bigint();
  const child = spawn(program, words(out), { stdio: ["ignore", "ignore", "pipe"] });
  let said = "";
  child.stderr.on("data", (chunk: Buffer) => {
    said += chunk.toString();
  });
  let kilobytes = 0;
  const watch = setInterval(async () => {
    const status = await readFile(`/proc/${child.pid}/status`, "utf8").catch(() => "");
    kilobytes = Math.max(kilobytes, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
  }, 20);
  const code = await new Promise((resolve) => child.once("close", resolve));
  clearInterval(watch);
  const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
  if (code !== 0) throw new Error(`${program} ended with ${code}: ${said}`);
  return { seconds, megabytes: Math.round(kilobytes / 1024) };
}

function median(values: readonly number[]): string {
  return ([...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN).toFixed(2);
}
