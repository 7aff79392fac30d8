import type { World } from "../load/world.ts";
import type { Given } from "./protocol.ts";

/** The name of the settings in the page. */
export const settingsFile = "sensors.yaml";

/**
 * A world that has the text of the settings and what the user gave. `askedFiles` are the names of the other files that
 * were read so far, `~/` for the home directory.
 */
export function givenWorld(text: string, given: Given): { world: World; askedFiles: ReadonlySet<string> } {
  const askedFiles = new Set<string>();
  const content = new TextEncoder().encode(text);
  const read = (path: string): Uint8Array => {
    if (path === settingsFile) return content;
    const name = nameOf(path);
    askedFiles.add(name);
    const bytes = given.files.get(name);
    if (bytes === undefined) throw Object.assign(new Error(`${name} is not given`), { code: "ENOENT" });
    return bytes;
  };
  return {
    askedFiles,
    world: {
      readFile: async (path) => read(path),
      stat: async (path) => ({ mode: 0o600, size: read(path).byteLength, isFile: true }),
      environment: (name) => given.environment.get(name),
      home: "~",
    },
  };
}

/** The name of a resolved path. The page has no folders, so `/a` and `a` are the same file. */
export function nameOf(path: string): string {
  return path.replace(/^\//, "");
}
