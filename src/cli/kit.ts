import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { Kit } from "../artifacts/compile.ts";

/** Reads the program's version and the files of `templates/` from the package this code belongs to. */
export async function readKit(): Promise<Kit> {
  const { version } = JSON.parse(await readFile(join(packageRoot(), "package.json"), "utf8")) as {
    version: string;
  };
  const root = join(packageRoot(), "templates");
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const templates = await Promise.all(
    paths
      .sort()
      .map(async (path) => ({ path: `/${relative(root, path)}`, text: await readFile(path, "utf8") })),
  );
  return { version, templates };
}

/** The package's own folder: the nearest one above this file that has `templates/` (the compiled copy has a package.json too). */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "templates"))) {
    if (folder === dirname(folder)) throw new Error("this program is not in a package");
    folder = dirname(folder);
  }
  return folder;
}
