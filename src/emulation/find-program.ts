import { accessSync, constants } from "node:fs";
import { delimiter, join } from "node:path";

/** Where programs are looked for: PATH, and the folders of administrators' programs, which a user's PATH may lack. */
export function programFolders(): readonly string[] {
  return [
    ...(process.env.PATH ?? "").split(delimiter).filter((folder) => folder !== ""),
    "/usr/sbin",
    "/sbin",
  ];
}

/** The path of an installed program, or `undefined`. */
export function findProgram(name: string): string | undefined {
  return programFolders()
    .map((folder) => join(folder, name))
    .find((path) => {
      try {
        accessSync(path, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    });
}
