import { quote } from "../artifacts/guides/shell.ts";
import type { Additions } from "./stand-ins/additions.ts";

/** What a trial adds to the machine before its first boot. */
export type BoothookOptions = {
  /** Lines of /etc/hosts. */
  readonly hosts: readonly string[];
  readonly files: Additions["files"];
  readonly commands: Additions["commands"];
};

/**
 * The trial's part of the seed, as vendor-data: a program that cloud-init runs early at each boot. The user-data stays as
 * sensorbake compiled it.
 */
export function boothook({ hosts, files, commands }: BoothookOptions): string {
  const lines = [
    "#cloud-boothook",
    "#!/bin/sh",
    "# Added by sensorbake try.",
    "grep -q sensorbake-try /etc/hosts 2>/dev/null && exit 0",
    // cloud-init writes /etc/hosts from the template at each boot.
    `for file in /etc/hosts /etc/cloud/templates/hosts.debian.tmpl; do test ! -e $file || printf %s ${quote(hostsText(hosts))} >>$file; done`,
    ...files.flatMap(({ path, mode, content }) => [
      `mkdir -p ${quote(path.slice(0, path.lastIndexOf("/")))}`,
      typeof content === "string"
        ? `printf %s ${quote(content)} >${quote(path)}`
        : `printf %s ${content.toString("base64")} | base64 --decode >${quote(path)}`,
      `chmod ${quote(mode)} ${quote(path)}`,
    ]),
    ...commands.map((words) => words.map(quote).join(" ")),
  ];
  return `${lines.join("\n")}\n`;
}

function hostsText(hosts: readonly string[]): string {
  return `# sensorbake-try\n${hosts.map((line) => `${line}\n`).join("")}`;
}
