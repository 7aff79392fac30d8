import type { World } from "./world.ts";

/** A world in which every path is the same file, without environment: for settings that are only in memory. */
export function oneFileWorld(text: string): World {
  const content = new TextEncoder().encode(text);
  return {
    readFile: async () => content,
    stat: async () => ({ mode: 0o600, size: content.byteLength, isFile: true }),
    environment: () => undefined,
    home: "/",
  };
}
