import { openTerminal } from "./terminal.ts";

/** Asks on the terminal; anything but a yes is a no. Where nobody is there to answer, it is wrong usage. */
export async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  const terminal = openTerminal(
    signal,
    "nobody is there to confirm this",
    "add --yes when the plan is what you want",
  );
  try {
    return /^y(es)?$/i.test(await terminal.ask(`${question} [y/N] `));
  } finally {
    terminal.close();
  }
}
