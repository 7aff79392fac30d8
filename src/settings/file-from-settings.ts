import { dirname, join, resolve } from "node:path";

/** Resolves a file name in a setting: `~/` is the home directory, other paths are relative to the settings file. */
export function fileFromSettings(file: string, settingsFile: string, home: string): string {
  return file.startsWith("~/") ? join(home, file.slice(2)) : resolve(dirname(settingsFile), file);
}
