import { readFile, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { quote } from "../artifacts/guides/shell.ts";
import { OutsideError } from "../diagnostics/outside-error.ts";
import { fetchBytes } from "../image/download.ts";
import type { Plan } from "../plan/plan.ts";
import { type Repository, repositories } from "../plan/repositories.ts";
import { type Clone, cloneRepository } from "./clone.ts";
import { type PythonIndex, pythonIndex } from "./python-index.ts";

/** What a sensor gets from this machine, because it cannot reach the servers. */
export type TrialSources = {
  readonly clones: readonly Clone[];
  /** What DShield's installer needs besides; `undefined`: no settings install DShield. */
  readonly installer: { readonly cowrie: Buffer; readonly index: PythonIndex } | undefined;
};

export type TrialSourcesOptions = {
  /** Where to create the bare repositories. */
  readonly folder: string;
  /**
   * A folder of this machine with a clone of each repository by its name, and `cowrie.zip` for DShield; `undefined`: from
   * the servers.
   */
  readonly clonesFolder: string | undefined;
  readonly signal: AbortSignal;
};

const cowrieUrl = "https://www.dshield.org/cowrie.zip";
const cowrieAtMost = 64 << 20;

/** Fetches what the settings need, with this machine's own network. Throws `OutsideError` with a way out. */
export async function fetchSources(
  plans: readonly Plan[],
  options: TrialSourcesOptions,
): Promise<TrialSources> {
  const wanted = new Map(plans.flatMap(repositories).map((one) => [`${one.url} ${one.ref}`, one]));
  const clones = new Map<string, Clone>();
  for (const repository of wanted.values()) {
    const folder = clones.get(repository.url)?.folder ?? join(options.folder, String(clones.size));
    const work = fetchRepository(repository, folder, options);
    clones.set(repository.url, await work.catch(explain(repository.name, options)));
  }
  const hasDshield = plans.some(({ dshield }) => dshield !== undefined);
  return {
    clones: [...clones.values()],
    installer: hasDshield ? await fetchInstaller(options).catch(explain("dshield", options)) : undefined,
  };
}

async function fetchRepository(
  repository: Repository,
  folder: string,
  { clonesFolder, signal }: TrialSourcesOptions,
): Promise<Clone> {
  const from = clonesFolder === undefined ? undefined : join(resolve(clonesFolder), repository.name);
  if (from !== undefined && (await stat(from).catch(() => undefined)) === undefined)
    throw new OutsideError(
      `${from} does not exist`,
      `clone it: git clone ${quote(repository.url)} ${quote(from)}`,
    );
  return cloneRepository(repository, { folder, from, signal });
}

async function fetchInstaller({ clonesFolder, signal }: TrialSourcesOptions) {
  const cowrie =
    clonesFolder === undefined
      ? await fetchBytes(cowrieUrl, { signal, bytesAtMost: cowrieAtMost, seconds: 900 })
      : await readCowrie(clonesFolder);
  if (cowrie === undefined) throw new OutsideError(`${cowrieUrl} does not exist`);
  return { cowrie, index: await pythonIndex(signal) };
}

async function readCowrie(clonesFolder: string): Promise<Buffer> {
  const path = join(resolve(clonesFolder), "cowrie.zip");
  const found = await stat(path).catch(() => undefined);
  if (found === undefined)
    throw new OutsideError(
      `${path} does not exist`,
      `download it: curl --output ${quote(path)} ${cowrieUrl}`,
    );
  if (!found.isFile()) throw new OutsideError(`${path} is not a file`);
  if (found.size > cowrieAtMost) throw new OutsideError(`${path} has more than ${cowrieAtMost} bytes`);
  return readFile(path);
}

function explain(name: string, { clonesFolder }: TrialSourcesOptions): (error: unknown) => never {
  const [what, others] = name === "dshield" ? ["DShield", "--no-dshield"] : [name, "--no-tools"];
  return (error) => {
    if (!(error instanceof OutsideError)) throw error;
    const first =
      clonesFolder === undefined ? "give a folder with clones: --clones FOLDER" : "update the clone";
    throw new OutsideError(
      `${what} cannot be fetched: ${error.message}`,
      error.hint ?? `${first}; or leave it out: ${others}`,
    );
  };
}
