import { dirname, join, resolve } from "node:path";

/** The file that a setting names: `~/` is the home directory, else relative to the settings file. */
export function fileFromSettings(file: string, settingsFile: string, home: string): string {
  return file.startsWith("~/") ? join(home, file.slice(2)) : resolve(dirname(settingsFile), file);
}
