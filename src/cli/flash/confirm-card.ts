import type { Disk } from "../../card/disks.ts";
import type { Context } from "../shared/context.ts";
import { UsageError } from "../shared/exit.ts";
import { openTerminal } from "../shared/terminal.ts";
import { describe } from "./describe-disk.ts";

/**
 * Asks the user to type the name of the card, because a yes is easily given by habit. Throws `UsageError` if it does not
 * match. `given`: the device that the user confirmed on the command line.
 */
export async function confirmCard(
  disk: Disk,
  given: string | undefined,
  { streams, signal }: Context,
): Promise<void> {
  if (given !== undefined) {
    if (given === disk.path) return;
    throw new UsageError(`--yes-really names ${given}, but the device is ${disk.path}`);
  }
  const terminal = openTerminal(
    signal,
    "stdin is not a terminal, so this cannot be confirmed",
    `add --yes-really ${disk.path} if that is the card`,
  );
  streams.say(`All data on ${describe(disk)} will be lost.`);
  try {
    const name = disk.path.replace(/^\/dev\//, "");
    const answer = await terminal.ask({ message: `Type its name (${name}) to continue:`, preset: "" });
    if (answer !== name && answer !== disk.path)
      throw new UsageError("the name does not match; nothing was written");
  } finally {
    terminal.close();
  }
}
