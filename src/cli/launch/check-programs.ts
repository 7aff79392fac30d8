import { sha256 } from "../../artifacts/digest.ts";
import type { Programs } from "../../artifacts/programs.ts";
import { OutsideError } from "../../diagnostics/outside-error.ts";

/** Fails unless one address of each archive has it: a sensor without its programs would never start, but cost money. */
export async function checkPrograms(all: readonly Programs[], file: string): Promise<void> {
  const byAddresses = new Map(all.map((programs) => [programs.addresses.join(" "), programs]));
  for (const { addresses, name, sha256: wanted } of byAddresses.values()) {
    const problems: string[] = [];
    for (const address of addresses) {
      const problem = await problemAt(address, wanted);
      if (problem === undefined) break;
      problems.push(`${address}: ${problem}`);
    }
    if (problems.length === addresses.length)
      throw new OutsideError(
        problems.join("; "),
        `upload ${name}, which \`sensorbake build ${file}\` writes if programs_url is set, or set delivery: ssh`,
      );
  }
}

async function problemAt(address: string, wanted: string): Promise<string | undefined> {
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout(60_000) });
    if (!answer.ok) return `the server returned status ${answer.status}`;
    const found = sha256(new Uint8Array(await answer.arrayBuffer()));
    return found === wanted ? undefined : "its content differs";
  } catch (error) {
    // fetch puts a network failure into `cause`.
    const { cause, message } = error as Error;
    return `the download failed (${cause instanceof Error ? cause.message : message})`;
  }
}
