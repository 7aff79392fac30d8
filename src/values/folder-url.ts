import type { Complaint } from "../diagnostics/diagnostic.ts";

/** A folder on a web server. Plain http is accepted, because the sensor verifies the checksum of what it downloads. */
export function complainOfFolderUrl(value: string): Complaint | undefined {
  if (value.length > 1024) return { message: `a URL has at most 1024 characters, not ${value.length}` };
  if (
    /^https?:\/\/[A-Za-z0-9.-]+(:\d{1,5})?(\/[A-Za-z0-9._-]+)*\/?$/.test(value) &&
    !/\/\.\.?(\/|$)/.test(value.slice("https://".length))
  )
    return undefined;
  return {
    message: "the folder must be an http or https URL without user, password, query and fragment",
    hint: "e.g. https://files.example.org/sensors",
  };
}
