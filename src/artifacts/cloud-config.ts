import { basename } from "node:path/posix";
import { once } from "../plan/once.ts";
import type { Plan } from "../plan/plan.ts";
import { base64, gzip, lzma, tar } from "./archive.ts";
import type { Artifact } from "./artifact.ts";
import { bytesOf } from "./artifact.ts";
import { base85 } from "./base85.ts";
import { compact } from "./compact.ts";
import type { Template } from "./payload.ts";
import { packPrograms, programsUnit } from "./programs.ts";
import { isReadable } from "./yaml.ts";

/** The part of cloud-config that we use, as in `cloud-init/cloud-config.schema.json`. */
export type CloudConfig = {
  readonly hostname: string;
  readonly manage_etc_hosts: true;
  /** Naming one user prevents the image's own login from being created; the first boot enables this one. */
  readonly users: readonly [
    { readonly name: string; readonly lock_passwd: true; readonly shell: "/bin/bash" },
  ];
  readonly ssh_pwauth: false;
  readonly bootcmd: readonly (readonly string[])[];
  readonly write_files: readonly WriteFile[];
  readonly runcmd: readonly (readonly string[])[];
};

type WriteFile = {
  readonly path: string;
  readonly permissions: string;
  readonly encoding?: "b64" | "gz+b64";
  readonly content: string;
};

/** Every file of the payload in readable form, one `write_files` entry each. */
export function readableConfig(plan: Plan, files: readonly Artifact[]): CloudConfig {
  return config(plan, files.map(readableFile), [], startedBy(files));
}

/** The payload as two compressed archives, of programs and of generated files, unpacked before the first boot starts. */
export function packedConfig(
  plan: Plan,
  files: readonly Artifact[],
  templates: readonly Template[],
): CloudConfig {
  const { archive, own } = packPrograms(files, templates, "gzip");
  const payload = gzip(tar(own.map(compact)));
  const archives = [
    { path: "/var/lib/honeypot/programs.tar.gz", encoding: "b64", content: base64(archive) },
    { path: "/var/lib/honeypot/payload.tar.gz", encoding: "b64", content: base64(payload) },
  ] as const;
  const unpack = archives.map(({ path }) => `tar --extract --gzip --file=${path} ${toRoot}`);
  return packed(plan, files, archives, unpack.join(" && "));
}

/**
 * The payload in its smallest form: the same archives as LZMA in base85. Python decodes them, because a system with
 * cloud-init has Python but not necessarily xz, and base64 is 7 percent larger.
 */
export function denseConfig(
  plan: Plan,
  files: readonly Artifact[],
  templates: readonly Template[],
): CloudConfig {
  const { archive, own } = packPrograms(files, templates, "lzma");
  const payload = lzma(tar(own.map(compact)), "fast");
  const archives = [
    { path: "/var/lib/honeypot/programs.tar.lzma.b85", content: base85(archive) },
    { path: "/var/lib/honeypot/payload.tar.lzma.b85", content: base85(payload) },
  ];
  const paths = archives.map(({ path }) => path).join(" ");
  const unpack = `for f in ${paths}; do python3 -c '${decodeDense}' <$f | tar --extract ${toRoot} || exit; done`;
  return packed(plan, files, archives, unpack);
}

function packed(
  plan: Plan,
  files: readonly Artifact[],
  archives: readonly Omit<WriteFile, "permissions">[],
  unpack: string,
): CloudConfig {
  return config(
    plan,
    archives.map((file) => ({ ...file, permissions: "0600" })),
    [["sh", "-c", `test -e ${payloadDone} || { ${unpack}; }`]],
    startedBy(files),
  );
}

type Command = readonly string[];

// If the programs are not included, the sensor downloads them, and that starts the first boot.
function startedBy(files: readonly Artifact[]): Command {
  return files.some(({ path }) => path === programsUnit) ? startFetching : startFirstBoot;
}

const startFetching = startUnit(basename(programsUnit));
const startFirstBoot = startUnit("honeypot-first-boot.service");
const sync: Command = ["sync"];

function startUnit(name: string): Command {
  return ["systemctl", "enable", "--now", "--no-block", name];
}

const toRoot = "--directory=/ --no-same-owner";
const decodeDense =
  "import base64, lzma, sys; sys.stdout.buffer.write(lzma.decompress(base64.b85decode(sys.stdin.read())))";
// Afterwards the first boot uses the files, and the archive is deleted.
const payloadDone = "/var/lib/honeypot/state/first-boot/payload.done";

function config(
  plan: Plan,
  files: readonly WriteFile[],
  unpack: readonly Command[],
  start: Command,
): CloudConfig {
  return {
    hostname: plan.name,
    manage_etc_hosts: true,
    users: [{ name: plan.admin.user, lock_passwd: true, shell: "/bin/bash" }],
    ssh_pwauth: false,
    bootcmd: plan.wifi === undefined ? [layAgain] : [layAgain, turnRadioOn],
    write_files: files,
    // A unit that is enabled before its files are on the disk would run empty ones after a power cut. Enabling also
    // makes systemd read the new units.
    runcmd: [...unpack, sync, start],
  };
}

// cloud-init marks a module as done before its files are safely on the disk. Until the first boot has synced them, a
// boot after a power cut must write them again, or they may stay empty forever.
const layAgain: Command = [
  "sh",
  "-c",
  `test -e ${payloadDone} || rm -f /var/lib/cloud/instance/sem/config_write* /var/lib/cloud/instance/sem/config_runcmd* /var/lib/cloud/instance/sem/config_scripts*user*`,
];

// A Pi's images have Wi-Fi disabled, by the kernel's switch and by NetworkManager's own, until a country is set; this
// runs before NetworkManager does.
const turnRadioOn: Command = [
  "sh",
  "-c",
  "rfkill unblock wifi; sed -i 's/^WirelessEnabled=.*/WirelessEnabled=true/' /var/lib/NetworkManager/NetworkManager.state; true",
];

const readableFile = once((file: Artifact): WriteFile => {
  const permissions = `0${file.mode.toString(8)}`;
  const { path, content } = file;
  if (typeof content === "string" && isReadable(content)) return { path, permissions, content };
  return { path, permissions, encoding: "b64", content: base64(bytesOf(file)) };
});
