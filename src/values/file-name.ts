import type { Complaint } from "../diagnostics/diagnostic.ts";
import { complainOfCharacters } from "./characters.ts";

/** The name of a file on this machine: relative to the settings file, absolute, or beginning with `~/`. Never echoed. */
export function complainOfFileName(value: string): Complaint | undefined {
  if (value === "" || value !== value.trim())
    return { message: "a file name cannot be empty or begin or end with a space" };
  if (/^~[^/]/.test(value))
    return {
      message: "~ works only for your own home directory",
      hint: "write ~/... or the whole path",
    };
  if (value.length > 1024) return { message: "the file name has more than 1024 characters" };
  return complainOfCharacters(value);
}
