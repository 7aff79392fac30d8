import type { Complaint } from "../diagnostics/diagnostic.ts";

/** A folder of a web server. Plain http will do: what is fetched from it is known by its sum. */
export function complainOfFolderUrl(value: string): Complaint | undefined {
  if (value.length > 1024) return { message: `a URL has at most 1024 characters, not ${value.length}` };
  if (
    /^https?:\/\/[A-Za-z0-9.-]+(:\d{1,5})?(\/[A-Za-z0-9._-]+)*\/?$/.test(value) &&
    !/\/\.\.?(\/|$)/.test(value.slice("https://".length))
  )
    return undefined;
  return {
    message: "a folder is an http or https URL without user, password, query and fragment",
    hint: "e.g. https://files.example.org/sensors",
  };
}
