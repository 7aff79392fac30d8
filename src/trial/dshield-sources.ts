import { lstat, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { OutsideError } from "../diagnostics/outside-error.ts";
import { fetchBytes } from "../image/download.ts";
import type { Plan } from "../plan/plan.ts";
import { repositories } from "../plan/repositories.ts";
import { type Clone, cloneRepository } from "./clone.ts";
import { type PythonIndex, pythonIndex } from "./python-index.ts";

/** What DShield's installer gets from this machine, because the sensor cannot reach the servers. */
export type DshieldSources = {
  readonly clones: readonly Clone[];
  readonly cowrie: Buffer;
  readonly index: PythonIndex;
};

export type DshieldSourcesOptions = {
  /** An empty folder. */
  readonly folder: string;
  /** A clone of DShield's repository on this machine, with `cowrie.zip` in it. */
  readonly from: string | undefined;
  readonly signal: AbortSignal;
};

const cowrieUrl = "https://www.dshield.org/cowrie.zip";
const cowrieAtMost = 64 << 20;

/** Fetches what DShield's installer needs with this machine's own network. Throws `OutsideError` with a way out. */
export async function fetchDshield(
  plans: readonly Plan[],
  { folder, from, signal }: DshieldSourcesOptions,
): Promise<DshieldSources> {
  try {
    const wanted = new Map(plans.flatMap(repositories).map((one) => [`${one.url} ${one.ref}`, one]));
    const clones = new Map<string, Clone>();
    for (const repository of wanted.values()) {
      const into = clones.get(repository.url)?.folder ?? join(folder, String(clones.size));
      clones.set(repository.url, await cloneRepository(repository, { folder: into, from, signal }));
    }
    const cowrie =
      from === undefined
        ? await fetchBytes(cowrieUrl, { signal, bytesAtMost: cowrieAtMost, seconds: 900 })
        : await readCowrie(from);
    if (cowrie === undefined) throw new OutsideError(`${cowrieUrl} does not exist`);
    return { clones: [...clones.values()], cowrie, index: await pythonIndex(signal) };
  } catch (error) {
    if (!(error instanceof OutsideError)) throw error;
    throw new OutsideError(`DShield cannot be fetched: ${error.message}`, error.hint ?? wayOut);
  }
}

const wayOut = "give a clone of DShield's repository: --dshield FOLDER; or leave DShield out: --no-dshield";

async function readCowrie(from: string): Promise<Buffer> {
  const path = join(resolve(from), "cowrie.zip");
  // The repository may contain a link to another file of this machine.
  const found = await lstat(path).catch(() => undefined);
  if (found === undefined)
    throw new OutsideError(`${path} does not exist`, `download it: curl --output ${path} ${cowrieUrl}`);
  if (!found.isFile())
    throw new OutsideError(`${path} is not a file`, "put the archive itself there, not a link to it");
  if (found.size > cowrieAtMost) throw new OutsideError(`${path} has more than ${cowrieAtMost} bytes`);
  return readFile(path);
}
