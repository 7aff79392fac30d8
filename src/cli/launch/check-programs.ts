import { sha256 } from "../../artifacts/digest.ts";
import type { Programs } from "../../artifacts/programs.ts";
import { OutsideError } from "../../diagnostics/outside-error.ts";

/** Fails unless each archive can be downloaded: without it a sensor would never start, but cost money. */
export async function checkPrograms(all: readonly Programs[], file: string): Promise<void> {
  const byAddress = new Map(all.map((programs) => [programs.address, programs]));
  for (const { address, name, sha256: wanted } of byAddress.values()) {
    const problem = await problemAt(address, wanted);
    if (problem !== undefined)
      throw new OutsideError(
        `${address}: ${problem}`,
        `upload ${name}, which \`sensorbake build ${file}\` writes beside the sensor's user-data`,
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
