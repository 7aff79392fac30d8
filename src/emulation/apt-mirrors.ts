import { OutsideError } from "../diagnostics/outside-error.ts";
import { runProgram } from "./run-program.ts";

/** The mirrors of Debian that this machine uses. */
export type AptMirrors = {
  /** Lines of a sources.list for the release, from the mirrors that this machine itself uses. */
  readonly sources: (codename: string) => readonly string[];
  /** Lines of an apt.conf: what this machine's apt needs to reach them. */
  readonly options: readonly string[];
};

const keyring = "/usr/share/keyrings/debian-archive-keyring.gpg";

/**
 * Where this machine gets its Debian packages, asked of apt itself, so that no mirror is named here.
 * Throws `OutsideError` on a machine that has no Debian among its sources.
 */
export async function aptMirrors(): Promise<AptMirrors> {
  const format = "$(ORIGIN)|$(CODENAME)|$(REPO_URI)";
  const targets = await runProgram("apt-get", [
    "indextargets",
    "--format",
    format,
    "Created-By: Packages",
    "Component: main",
  ]);
  const found = new Map<string, string>();
  for (const line of targets.split("\n")) {
    const [origin, codename, uri] = line.split("|");
    const kind = codename?.match(/^[a-z]+(-security)?$/);
    if (origin === "Debian" && uri !== undefined && kind) found.set(kind[1] ?? "", uri);
  }
  const main = found.get("");
  if (main === undefined)
    throw new OutsideError("apt has no Debian among its sources here", "apt-get update, as root");
  const security = found.get("-security");
  return {
    sources: (codename) => [
      source(main, codename),
      source(main, `${codename}-updates`),
      ...(security === undefined ? [] : [source(security, `${codename}-security`)]),
    ],
    options: await aptOptions(),
  };
}

function source(uri: string, suite: string): string {
  return `deb [signed-by=${keyring}] ${uri} ${suite} main`;
}

/** Proxies and the age of lists, as set here; a proxy on this machine is 10.0.2.2 for a guest. */
async function aptOptions(): Promise<readonly string[]> {
  const wanted = /^Acquire::(Check-Valid-Until|Check-Date|https?::Proxy) /;
  const lines = (await runProgram("apt-config", ["dump"])).split("\n").filter((line) => wanted.test(line));
  return [
    ...lines.map((line) => line.replace(/127\.0\.0\.1|localhost/, "10.0.2.2")),
    'Acquire::Languages "none";',
  ];
}
