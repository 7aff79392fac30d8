import { sha256 } from "../../artifacts/digest.ts";
import type { Programs } from "../../artifacts/programs.ts";
import { OutsideError } from "../../diagnostics/outside-error.ts";

/** Fails unless each archive lies where sensors will fetch it: one that cannot would never answer, and cost money. */
export async function checkPrograms(all: readonly Programs[], file: string): Promise<void> {
  const byAddress = new Map(all.map((programs) => [programs.address, programs]));
  for (const { address, name, sha256: wanted } of byAddress.values()) {
    const problem = await problemAt(address, wanted);
    if (problem !== undefined)
      throw new OutsideError(
        `${address}: ${problem}`,
        `put ${name} there: \`sensorbake build ${file}\` makes it, beside the sensor's user-data`,
      );
  }
}

async function problemAt(address: string, wanted: string): Promise<string | undefined> {
  try {
    const answer = await fetch(address, { signal: AbortSignal.timeout(60_000) });
    if (!answer.ok) return `the server answers ${answer.status}`;
    const found = sha256(new Uint8Array(await answer.arrayBuffer()));
    return found === wanted ? undefined : "it has another content";
  } catch (error) {
    // What went wrong on the way is the cause of what fetch throws.
    const { cause, message } = error as Error;
    return `cannot be fetched (${cause instanceof Error ? cause.message : message})`;
  }
}
