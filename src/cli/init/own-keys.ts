import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { readKeys } from "../../load/read-key-files.ts";
import type { World } from "../../load/world.ts";

/** A file of public keys, with the name shown to the user. */
export type KeyFile = { readonly name: string; readonly lines: readonly string[] };

/** The usable public keys in ~/.ssh, modern types first. */
export async function ownKeys(world: World): Promise<readonly KeyFile[]> {
  const names = await readdir(join(world.home, ".ssh")).catch(() => []);
  const files: KeyFile[] = [];
  for (const name of names.filter((name) => name.endsWith(".pub")).sort()) {
    const { lines, problem } = await readKeys(join(world.home, ".ssh", name), world);
    if (problem === undefined) files.push({ name: `~/.ssh/${name}`, lines });
  }
  return files.sort((a, b) => rank(a) - rank(b));
}

function rank({ lines }: KeyFile): number {
  return lines.some((line) => line.includes("ed25519")) ? 0 : 1;
}
