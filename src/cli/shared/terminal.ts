import { createInterface } from "node:readline";
import { UsageError } from "./exit.ts";

/** Somebody who can be asked. */
export type Terminal = {
  /** Asks, and gives the line that is typed, without blanks around it. */
  readonly ask: (prompt: string) => Promise<string>;
  readonly close: () => void;
};

/**
 * Opens the terminal for questions; they stand on standard error. Ctrl-C is the program's own, and the end of the
 * input (Ctrl-D) is wrong usage. Where nobody is there to answer, so is opening it, and `otherwise` says what to do.
 */
export function openTerminal(signal: AbortSignal, nobody: string, otherwise: string): Terminal {
  if (process.stdin.isTTY !== true) throw new UsageError(nobody, otherwise);
  const readline = createInterface({ input: process.stdin, output: process.stderr });
  // Lines that come before they are asked for (a paste) are answers too.
  const lines: string[] = [];
  let waiting: Waiting | undefined;
  let isClosed = false;
  const end = (error: Error) => {
    isClosed = true;
    waiting?.reject(error);
    waiting = undefined;
  };
  readline.on("line", (line) => {
    if (waiting === undefined) lines.push(line);
    else waiting.resolve(line);
    waiting = undefined;
  });
  readline.on("SIGINT", () => process.emit("SIGINT"));
  readline.on("close", () => end(new UsageError("the answers ended too early", otherwise)));
  signal.addEventListener("abort", () => end(signal.reason), { once: true });

  return {
    ask: async (prompt) => {
      readline.setPrompt(prompt);
      readline.prompt();
      const early = lines.shift();
      if (early !== undefined) {
        // Shown as if it had been typed now.
        process.stderr.write(`${early}\n`);
        return early.trim();
      }
      if (isClosed)
        throw signal.aborted ? signal.reason : new UsageError("the answers ended too early", otherwise);
      const line = await new Promise<string>((resolve, reject) => {
        waiting = { resolve, reject };
      });
      return line.trim();
    },
    close: () => readline.close(),
  };
}

type Waiting = {
  readonly resolve: (line: string) => void;
  readonly reject: (error: Error) => void;
};
