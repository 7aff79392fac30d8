import { existsSync } from "node:fs";
import { readdir, readFile, stat } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import type { Artifact } from "../artifacts/artifact.ts";
import type { Release } from "../artifacts/compile.ts";
import type { PackerRelease } from "../artifacts/packer/bundle.ts";

/**
 * Reads the program's version, the folders where its releases are published (`releases` in package.json, where
 * `VERSION` is replaced) and the files of `templates/` from this code's package.
 */
export async function readRelease(): Promise<Release> {
  const { version, releases } = JSON.parse(await readFile(join(packageRoot(), "package.json"), "utf8")) as {
    version: string;
    releases: readonly string[];
  };
  const templates = (await readFolder("templates")).map(({ path, text }) => ({ path: `/${path}`, text }));
  return { version, templates, folders: releases.map((folder) => folder.replaceAll("VERSION", version)) };
}

/** {@link readRelease}, and the files of `packer/`. */
export async function readPackerRelease(): Promise<PackerRelease> {
  const packer: readonly Artifact[] = (await readFolder("packer")).map(({ path, text }) => ({
    path,
    mode: modeOf(path, text),
    content: text,
  }));
  return { ...(await readRelease()), packer };
}

/** Reads the modules of `tofu/`, with paths below it. Each module has a copy of the files beside the modules. */
export async function readTofuModules(): Promise<readonly Artifact[]> {
  const files = (await readFolder("tofu")).map(({ path, text }) => ({ path, mode: 0o644, content: text }));
  const own = files.filter(({ path }) => dirname(path) !== ".");
  const common = files.filter(({ path }) => dirname(path) === ".");
  const modules = [...new Set(own.map(({ path }) => dirname(path)))];
  const copies = modules.flatMap((module) =>
    common.map((file) => ({ ...file, path: join(module, file.path) })),
  );
  return [...own, ...copies];
}

/** Reads the files of the package this code belongs to, as npm packs them, without their modes. */
export async function readPackage(): Promise<readonly Artifact[]> {
  const root = packageRoot();
  const { files } = JSON.parse(await readFile(join(root, "package.json"), "utf8")) as {
    files: readonly string[];
  };
  const named = ["package.json", "LICENSE", "README.md", ...files];
  const paths = await Promise.all(named.map(async (name) => filesAt(root, name)));
  return Promise.all(
    paths
      .flat()
      .sort()
      .map(async (path) => ({ path, mode: 0o644, content: await readFile(join(root, path), "utf8") })),
  );
}

async function filesAt(root: string, name: string): Promise<readonly string[]> {
  const path = join(root, name);
  if ((await stat(path)).isFile()) return [name];
  return (await filesBelow(path)).map((file) => relative(root, file));
}

async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

// A package's archive does not necessarily keep modes.
function modeOf(path: string, text: string): number {
  if (path.includes("/opt/honeypot/")) return 0o700;
  return text.startsWith("#!") ? 0o755 : 0o644;
}

async function readFolder(
  name: string,
): Promise<readonly { readonly path: string; readonly text: string }[]> {
  const root = join(packageRoot(), name);
  const paths = [...(await filesBelow(root))].sort();
  return Promise.all(
    paths.map(async (path) => ({ path: relative(root, path), text: await readFile(path, "utf8") })),
  );
}

/** The package's folder: the nearest one above this file with `templates/` (the compiled copy has a package.json too). */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "templates"))) {
    if (folder === dirname(folder)) throw new Error("this program is not in a package");
    folder = dirname(folder);
  }
  return folder;
}
