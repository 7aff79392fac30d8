import { openTerminal } from "./terminal.ts";

/** Asks on the terminal; any answer but yes is a no. Without a terminal it is wrong usage. */
export async function confirm(question: string, signal: AbortSignal): Promise<boolean> {
  const terminal = openTerminal(
    signal,
    "stdin is not a terminal, so this cannot be confirmed",
    "add --yes to confirm the plan",
  );
  try {
    const answer = await terminal.ask({ message: `${question} [y/N]`, preset: "no" });
    return /^y(es)?$/i.test(answer ?? "");
  } finally {
    terminal.close();
  }
}
