// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are for bash
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname } from "node:path";
import { applyArchive, filesOnDisk, installer } from "../../src/artifacts/apply-archive.ts";
import type { Artifact } from "../../src/artifacts/artifact.ts";
import type { Release } from "../../src/artifacts/compile.ts";
import type { Secrets, Template } from "../../src/artifacts/payload.ts";
import { readRelease } from "../../src/load/read-release.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { execute, makeScratchRoot, type Outcome, type ScratchRoot } from "./scratch-root.ts";

/** A sensor in a scratch root, whose first-boot steps only write their names, and the engine of `apply`. */
export type MachineToChange = ScratchRoot & {
  /** Stages the change to another plan as `apply` sends it. */
  readonly stage: (plan: Plan, secrets?: Secrets) => Promise<void>;
  /** Runs the staged engine. */
  readonly engine: (command: string, environment?: Readonly<Record<string, string>>) => Promise<Outcome>;
  /** Runs the installer for a plan, with these words. */
  readonly install: (plan: Plan, ...words: readonly string[]) => Promise<Outcome>;
  /** Runs the engine that a change left on the disk. */
  readonly kept: (command: string) => Promise<Outcome>;
  /** Every file and symlink below /etc, /opt, /usr and /root with its mode and content. */
  readonly files: () => Promise<string>;
};

const staging = "run/honeypot-apply/staged";
const recordedCommands = ["systemctl", "hostnamectl", "userdel", "gpasswd", "nft", "apt-get"];

/** The machine after its first boot with a plan. `bare`: without our files. */
export async function machineToChange(
  plan: Plan,
  secrets: Secrets = new Map(),
  extent: "sensor" | "bare" = "sensor",
): Promise<MachineToChange> {
  const scratch = await makeScratchRoot();
  const release = withHarmlessSteps(await readRelease());
  for (const top of ["opt", "usr", "etc/default", "etc/honeypot"])
    await rm(scratch.path(top), { recursive: true, force: true });
  await mkdir(scratch.path("run/systemd/system"), { recursive: true });
  await mkdir(scratch.path("etc/systemd/system/multi-user.target.wants"), { recursive: true });
  await scratch.write("etc/os-release", 'PRETTY_NAME="Debian"\nVERSION_ID="13"\nID=debian\n');
  await scratch.write("etc/ssh/sshd_config", "Port 12222\n");
  await scratch.write("etc/ssh/sshd_config.d/50-image.conf", "# the image's\n");
  for (const command of recordedCommands)
    await scratch.stub(
      command,
      `printf '%s %s\\n' ${command} "$*" >>"\${HONEYPOT_ROOT}/calls"\nif [[ "$1" == is-active ]]; then grep --line-regexp --silent -- "\${*: -1}" "\${HONEYPOT_ROOT}/active" && echo active; fi`,
    );
  await scratch.stub("getent", "exit 0");
  await scratch.stub("dpkg-query", "printf installed");
  // In the foreground, with the end that systemd runs.
  await scratch.stub(
    "systemd-run",
    `while [[ "$1" == --* ]]; do if [[ "$1" == *ExecStopPost=* ]]; then end="\${1##*ExecStopPost=}"; fi; shift; done\n"$@"; eval "\${end}" || true`,
  );
  if (extent === "sensor") {
    for (const file of filesOnDisk(plan, secrets, release)) await lay(scratch, file);
    await scratch.write("var/lib/honeypot/state/first-boot.done", "");
    for (const { path } of release.templates)
      if (/first-boot\/\d.*\.sh$/.test(path))
        await scratch.write(
          `var/lib/honeypot/state/first-boot/${path.split("/").at(-1)?.replace(".sh", "")}.done`,
          "",
        );
    await scratch.write("status", "sensor-1 is well\nok capture         running\n");
    const { code, stderr } = await scratch.run("opt/honeypot/first-boot/28-manifest.sh");
    if (code !== 0) throw new Error(stderr);
  }
  const environment = {
    ...scratch.environment,
    apply_pause: "0.1",
    apply_status_tries: "3",
    apply_follow_pause: "0.1",
  };
  return {
    ...scratch,
    stage: async (wanted, values = secrets) => {
      await rm(scratch.path(staging), { recursive: true, force: true });
      await mkdir(scratch.path(staging), { recursive: true });
      const { archive } = applyArchive(wanted, values, release);
      await writeFile(scratch.path("archive"), archive);
      const { code, stderr } = await execute("tar", [
        "-xzf",
        scratch.path("archive"),
        "-C",
        scratch.path(staging),
        "--no-same-owner",
      ]);
      if (code !== 0) throw new Error(stderr);
    },
    engine: (command, added = {}) =>
      execute("bash", [scratch.path(`${staging}/engine.sh`), ...command.split(" ")], {
        ...environment,
        ...added,
      }),
    install: async (wanted, ...words) => {
      const { path, content } = installer(wanted, secrets, release);
      await scratch.write(path, content, { mode: 0o600 });
      return execute("sh", [scratch.path(path), ...words], environment);
    },
    kept: (command) =>
      execute("bash", [scratch.path("var/lib/honeypot/apply/engine.sh"), ...command.split(" ")], environment),
    files: async () => {
      const list =
        "find etc opt usr root ! -type d ! -path etc/honeypot/manifest -printf '%p %m %l ' -exec sh -c 'test -L \"$1\" || sha256sum <\"$1\"' sh {} \\; -o -type l -printf '\\n' | sort";
      const { stdout } = await execute("bash", ["-c", `cd '${scratch.root}' && mkdir -p root && ${list}`]);
      return stdout;
    },
  };
}

// Steps would change this machine.
function withHarmlessSteps(release: Release): Release {
  const step =
    '#!/bin/bash\nname="${0##*/}"\nprintf \'step %s\\n\' "${name%.sh}" >>"${HONEYPOT_ROOT}/calls"\ntest ! -e "${HONEYPOT_ROOT}/worse" || cp "${HONEYPOT_ROOT}/worse" "${HONEYPOT_ROOT}/status"\ntest ! -e "${HONEYPOT_ROOT}/fail-${name%.sh}"\n';
  const harmless = ({ path, text }: Template): string => {
    if (path === "/usr/local/bin/honeypot-status") return '#!/bin/bash\ncat "${HONEYPOT_ROOT}/status"\n';
    return /\/first-boot\/\d.*\.sh$/.test(path) && !path.endsWith("/28-manifest.sh") ? step : text;
  };
  return { ...release, templates: release.templates.map((one) => ({ path: one.path, text: harmless(one) })) };
}

async function lay(scratch: ScratchRoot, { path, mode, content }: Artifact): Promise<void> {
  await mkdir(dirname(scratch.path(path)), { recursive: true });
  await scratch.write(path, content, { mode });
}
