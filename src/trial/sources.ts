import { lstat, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { quote } from "../artifacts/guides/shell.ts";
import { OutsideError } from "../diagnostics/outside-error.ts";
import { fetchBytes } from "../image/download.ts";
import type { Plan } from "../plan/plan.ts";
import { type Repository, repositories } from "../plan/repositories.ts";
import { failureCode, failureText } from "../settings/failure.ts";
import { type Clone, cloneRepository, isAbbreviated } from "./clone.ts";
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
  // Abbreviated commits last: a fetch of a single commit would cut the history in which the first boot finds them.
  const inOrder = [...wanted.values()].sort(
    (a, b) => Number(isAbbreviated(a.ref)) - Number(isAbbreviated(b.ref)),
  );
  for (const repository of inOrder) {
    const folder = clones.get(repository.url)?.folder ?? join(options.folder, String(clones.size));
    clones.set(repository.url, await fetchRepository(repository, folder, options));
  }
  const hasDshield = plans.some(({ dshield }) => dshield !== undefined);
  return {
    clones: [...clones.values()],
    installer: hasDshield ? await fetchInstaller(options) : undefined,
  };
}

async function fetchRepository(
  repository: Repository,
  folder: string,
  { clonesFolder, signal }: TrialSourcesOptions,
): Promise<Clone> {
  const { name, url } = repository;
  if (clonesFolder === undefined)
    return cloneRepository(repository, { folder, from: undefined, signal }).catch(refuse(name, givesFolder));
  const from = join(resolve(clonesFolder), name);
  const clone = `clone it: git clone ${quote(url)} ${quote(from)}`;
  const update = `update the clone: git -C ${quote(from)} pull`;
  await lstat(from).catch((error) => refuse(name)(unreadable(from, error, clone)));
  return cloneRepository(repository, { folder, from, signal }).catch((error) =>
    refuse(name, /does not appear to be a git repository$/.test(error.message) ? clone : update)(error),
  );
}

async function fetchInstaller({ clonesFolder, signal }: TrialSourcesOptions) {
  const cowrie =
    clonesFolder === undefined
      ? await fetchBytes(cowrieUrl, { signal, bytesAtMost: cowrieAtMost, seconds: 900 }).catch(
          refuse("dshield", givesFolder),
        )
      : await readCowrie(clonesFolder).catch(refuse("dshield"));
  if (cowrie === undefined)
    return refuse("dshield", givesFolder)(new OutsideError(`${cowrieUrl} does not exist`));
  return { cowrie, index: await pythonIndex(signal).catch(refuse("dshield")) };
}

async function readCowrie(clonesFolder: string): Promise<Buffer> {
  const path = join(resolve(clonesFolder), "cowrie.zip");
  const lost = (error: unknown): never => {
    throw unreadable(path, error, `download it: curl --output ${quote(path)} ${cowrieUrl}`);
  };
  const found = await lstat(path).catch(lost);
  // The sensor gets the content. A link of a foreign folder could lead to any file of this machine.
  if (!found.isFile()) throw new OutsideError(`${path} is not a file`, `replace it with ${cowrieUrl}`);
  if (found.size > cowrieAtMost)
    throw new OutsideError(`${path} has more than ${cowrieAtMost} bytes`, `replace it with ${cowrieUrl}`);
  return readFile(path).catch(lost);
}

function unreadable(path: string, error: unknown, hint: string): OutsideError {
  return failureCode(error) === "ENOENT"
    ? new OutsideError(`${path} does not exist`, hint)
    : new OutsideError(`${path} cannot be read: ${failureText(error)}`);
}

const givesFolder = "give a folder with clones: --clones FOLDER";

/** Adds to a failure what the trial lacks, and the way out unless the failure has a hint of its own. */
function refuse(name: string, wayOut?: string): (error: unknown) => never {
  const [what, option] = name === "dshield" ? ["DShield", "--no-dshield"] : [name, "--no-tools"];
  return (error) => {
    if (!(error instanceof OutsideError)) throw error;
    const others = `leave it out: ${option}`;
    throw new OutsideError(
      `${what} cannot be fetched: ${error.message}`,
      error.hint ?? (wayOut === undefined ? others : `${wayOut}; or ${others}`),
    );
  };
}
