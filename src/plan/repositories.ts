import { analysers } from "./analysers.ts";
import type { Plan } from "./plan.ts";

/** A repository that the first boot clones into `/opt/honeypot/src/NAME`. */
export type Repository = {
  readonly name: string;
  /** An https URL. */
  readonly url: string;
  /** A commit, a tag or a branch. */
  readonly ref: string;
};

/** Every repository that the sensor needs. Add a new one here. */
export function repositories({ dshield, tools }: Pick<Plan, "dshield" | "tools">): readonly Repository[] {
  const found: Repository[] = [];
  if (dshield) found.push({ name: "dshield", url: dshield.repository, ref: dshield.ref });
  for (const { name, url, ref } of analysers({ tools })) found.push({ name, url, ref });
  return found;
}

/** The value of `REPOSITORIES` in the environment file: three words per repository, on one line. */
export function repositoryWords(all: readonly Repository[]): string {
  return all.map(({ name, url, ref }) => `${name} ${url} ${ref}`).join(" ");
}

/** A ref for people: a commit by its first twelve digits. */
export function shownRef(ref: string): string {
  return /^[0-9a-f]{40,}$/.test(ref) ? ref.slice(0, 12) : ref;
}
