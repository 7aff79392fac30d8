import type { Complaint } from "../diagnostics/diagnostic.ts";
import { complainOfCharacters } from "./characters.ts";

/** The name of a file on this machine: relative to the settings file, absolute, or beginning with `~/`. Never echoed. */
export function complainOfFileName(value: string): Complaint | undefined {
  if (value === "" || value !== value.trim())
    return { message: "a file name is not empty and has no blank at either end" };
  if (/^~[^/]/.test(value))
    return {
      message: "only your own home directory can be meant with ~",
      hint: "write ~/... or the whole path",
    };
  if (value.length > 1024) return { message: "the file name has more than 1024 characters" };
  return complainOfCharacters(value);
}
