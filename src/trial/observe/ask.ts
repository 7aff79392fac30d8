import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { escapeEnvironment } from "../../artifacts/escapes.ts";
import { packageRoot } from "../../load/read-release.ts";

/** The machine of a trial, as far as attacks and observations need it. */
export type Guest = {
  /** Runs a bash script as root. */
  readonly run: (script: string) => Promise<GuestAnswer>;
  /** The port of 127.0.0.1 that leads to a port of the guest. */
  readonly port: (guestPort: number) => number;
};

export type GuestAnswer = { readonly code: number; readonly stdout: Buffer; readonly stderr: string };

/** What one observation has found. */
export type Finding = {
  readonly observed: boolean;
  /** Short printable text: a file, a count, or what was found instead. */
  readonly evidence: string;
};

/**
 * Runs a script of the folder `observe`. The values become assignments before it, in a form that bash does not expand.
 * The answer must be exactly one line of printable ASCII, because attackers write much of what the scripts read.
 */
export async function ask(
  guest: Guest,
  script: string,
  values: Readonly<Record<string, string>> = {},
): Promise<Finding> {
  const assignments = Object.entries(values).map(
    ([name, value]) => `${name}="${escapeEnvironment(value)}"\n`,
  );
  const text = [await read("answer"), ...assignments, await read(script)].join("");
  const { code, stdout } = await guest.run(text);
  const answer = stdout.subarray(0, 1000).toString("latin1");
  const [, word, evidence = ""] = /^(seen|missing)\t([\x20-\x7e]{0,300})\n$/.exec(answer) ?? [];
  if (word !== undefined && code === 0) return { observed: word === "seen", evidence };
  return { observed: false, evidence: `the sensor did not answer in the expected form (exit code ${code})` };
}

function read(script: string): Promise<string> {
  return readFile(join(packageRoot(), "observe", `${script}.sh`), "utf8");
}
