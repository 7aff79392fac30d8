import { readFile } from "node:fs/promises";
import { OutsideError } from "../diagnostics/outside-error.ts";

/**
 * Reads the user's variables; later files override earlier ones. Refuses mistakes that Packer would detect late or never:
 * a file that is not JSON, and `{{` in a value, which its plugins would treat as a template.
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
          `${file}: the value of ${name} contains {{, which Packer would treat as a template`,
          "it cannot be escaped; choose another value",
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
    // Reported below.
  }
  throw new OutsideError(`${file} is not a JSON object`, 'write variables like {"disk_size": "16G"}');
}
