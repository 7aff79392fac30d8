import { createInterface } from "node:readline/promises";
import { UsageError } from "./end.ts";

/** Asks on the terminal; anything but a yes is a no. Where nobody is there to answer, it is wrong usage. */
export async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  if (process.stdin.isTTY !== true)
    throw new UsageError("nobody is there to confirm this", "add --yes when the plan is what you want");
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `, { signal })).trim());
  } finally {
    terminal.close();
  }
}
