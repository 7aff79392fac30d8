import type { World } from "../../src/load/world.ts";

/** A file of the virtual world: its content, or the code of the failure that reading it ends with. */
export type VirtualFile =
  | string
  | Uint8Array
  | { readonly content: string; readonly mode: number }
  | { readonly fails: string; readonly when: "stat" | "read" }
  | { readonly isDirectory: true }
  | { readonly size: number };

/** A world of a few files and variables, for tests of the code below the command line. */
export function virtualWorld(
  files: Readonly<Record<string, VirtualFile>>,
  more: { environment?: Readonly<Record<string, string>> } = {},
): World {
  const find = (path: string): VirtualFile => {
    const file = Object.hasOwn(files, path) ? files[path] : undefined;
    if (file === undefined) throw failure("ENOENT", path);
    return file;
  };
  return {
    stat: async (path) => {
      const file = find(path);
      if (typeof file !== "string" && "fails" in file && file.when === "stat")
        throw failure(file.fails, path);
      const size = typeof file !== "string" && "size" in file ? file.size : bytesOf(file).length;
      const mode = typeof file !== "string" && "mode" in file ? file.mode : 0o600;
      return { mode, size, isFile: typeof file === "string" || !("isDirectory" in file) };
    },
    readFile: async (path) => {
      const file = find(path);
      if (typeof file !== "string" && "fails" in file) throw failure(file.fails, path);
      return bytesOf(file);
    },
    environment: (name) => more.environment?.[name],
    home: "/home/tester",
  };
}

function bytesOf(file: VirtualFile): Uint8Array {
  if (file instanceof Uint8Array) return file;
  if (typeof file === "string") return new TextEncoder().encode(file);
  return new TextEncoder().encode("content" in file ? file.content : "");
}

function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: a virtual failure, '${path}'`), { code });
}
