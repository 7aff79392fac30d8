import { execFile } from "node:child_process";
import { OutsideError } from "../diagnostics/outside-error.ts";
import { quoted, visible } from "../diagnostics/visible.ts";
import { complainOfServer } from "../values/endpoint.ts";

// Terraform's command has the same words.
const programs = ["tofu", "terraform"];

/**
 * The address of each sensor, by name: the output `addresses`, a map, of the OpenTofu or Terraform configuration in a
 * folder. Throws `OutsideError`.
 */
export async function readTofuAddresses(
  folder: string,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const output = parse(await readOutput(folder, signal));
  if (output === undefined)
    throw new OutsideError(
      `the output \`addresses\` of ${visible(folder)} is not a map of addresses`,
      'output "addresses" { value = { sensor-1 = "203.0.113.7" } }',
    );
  for (const [sensor, address] of output) {
    const complaint = complainOfServer(address);
    if (complaint !== undefined)
      throw new OutsideError(
        `the output \`addresses\` of ${visible(folder)}, ${quoted(sensor)}: ${complaint.message}`,
      );
  }
  return output;
}

function parse(text: string): ReadonlyMap<string, string> | undefined {
  let value: unknown;
  try {
    // A warning about the program's own configuration comes first.
    value = JSON.parse(text.slice(text.search(/^[[{"]/m)));
  } catch {
    return undefined;
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  // A machine that does not exist yet has no address.
  const entries = Object.entries(value).filter(([, address]) => address !== null && address !== "");
  return entries.every((entry): entry is [string, string] => typeof entry[1] === "string")
    ? new Map(entries)
    : undefined;
}

async function readOutput(folder: string, signal: AbortSignal): Promise<string> {
  for (const program of programs) {
    const output = await run(
      program,
      [`-chdir=${folder}`, "output", "-json", "-no-color", "addresses"],
      signal,
    );
    if (output !== undefined) return output;
  }
  throw new OutsideError("OpenTofu is not installed", "install `tofu`, or `terraform`; or use --address");
}

/** Standard output; `undefined` if the program is not installed. */
function run(program: string, words: readonly string[], signal: AbortSignal): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    execFile(program, words, { signal, maxBuffer: 2 ** 24 }, (error, stdout, stderr) => {
      if (error === null) resolve(stdout);
      else if (signal.aborted) reject(signal.reason);
      else if (error.code === "ENOENT") resolve(undefined);
      else reject(new OutsideError(`${program} output: ${reason(stderr) || error.message}`));
    });
  });
}

// It draws a frame around its messages; warnings come first.
function reason(stderr: string): string {
  const lines = stderr.split("\n").map((line) => line.replace(/^[│╷╵\s]+/u, "").trim());
  const error = lines.find((line) => line.startsWith("Error: ")) ?? lines.find((line) => line !== "");
  return visible(error?.slice(0, 500) ?? "");
}
