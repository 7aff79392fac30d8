import { readFile } from "node:fs/promises";
import { OutsideError } from "../diagnostics/outside-error.ts";

/**
 * Reads the user's variables, later files over earlier ones. Refuses what Packer would find out late or never: a file
 * that is no JSON, and `{{` in a value, which its plugins would take for a template and leave out.
 */
export async function readVariableFiles(
  files: readonly string[],
): Promise<Readonly<Record<string, unknown>>> {
  const all: Record<string, unknown> = {};
  for (const file of files) {
    const variables = parse(file, await readFile(file, "utf8"));
    for (const [name, value] of Object.entries(variables))
      if (JSON.stringify(value).includes("{{"))
        throw new OutsideError(
          `${file}: the value of ${name} holds {{, which Packer would take for a template`,
          "there is no way to write it that means just that: choose another value",
        );
    Object.assign(all, variables);
  }
  return all;
}

function parse(file: string, text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Told below.
  }
  throw new OutsideError(`${file} is no JSON object`, 'variables look like {"disk_size": "16G"}');
}
