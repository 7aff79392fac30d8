import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { resolve } from "node:path";

const folder = resolve(".cache/prometheus/usr");

/** Debian's programs, which `test/monitoring/tools.sh` unpacks. */
export const programs = {
  alertmanager: `${folder}/bin/prometheus-alertmanager`,
  exporter: `${folder}/bin/prometheus-node-exporter`,
  prometheus: `${folder}/bin/prometheus`,
  promtool: `${folder}/bin/promtool`,
} as const;

/** The unit of the exporter's package; Debian 13 has moved it. */
export const exporterUnit =
  ["../lib", "lib"]
    .map((name) => resolve(folder, name, "systemd/system/prometheus-node-exporter.service"))
    .find((path) => existsSync(path)) ?? "";

export type Program = keyof typeof programs;

/** Starts a program that sees the files of the packages below `/usr/share`; needs root. Returns a function that kills it. */
export function startProgram(name: Program, words: readonly string[], cwd: string): () => Promise<void> {
  const setUp = 'mount -t overlay -o "lowerdir=$0:/usr/share" overlay /usr/share; exec "$@"';
  const child = spawn(
    "unshare",
    ["--mount", "bash", "-ec", setUp, `${folder}/share`, programs[name], ...words],
    { stdio: ["ignore", "ignore", "inherit"], cwd },
  );
  const exit = once(child, "exit");
  return async () => {
    child.kill("SIGKILL");
    await exit;
  };
}
