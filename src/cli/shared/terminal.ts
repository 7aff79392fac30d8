import { createInterface } from "node:readline";
import { UsageError } from "./exit.ts";

/** A terminal for questions. */
export type Terminal = {
  /** Asks, and returns the typed line without surrounding spaces. */
  readonly ask: (prompt: string) => Promise<string>;
  readonly close: () => void;
};

/**
 * Opens the terminal for questions, which go to standard error. Ctrl-C reaches the program's own handler. The end of
 * the input (Ctrl-D) is wrong usage, as is opening without a terminal; `otherwise` is the hint for both.
 */
export function openTerminal(signal: AbortSignal, nobody: string, otherwise: string): Terminal {
  if (process.stdin.isTTY !== true) throw new UsageError(nobody, otherwise);
  const readline = createInterface({ input: process.stdin, output: process.stderr });
  // Lines that arrive before their question (a paste) are answers too.
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
  readline.on("close", () =>
    end(new UsageError("the input ended before all questions were answered", otherwise)),
  );
  signal.addEventListener("abort", () => end(signal.reason), { once: true });

  return {
    ask: async (prompt) => {
      readline.setPrompt(prompt);
      readline.prompt();
      const early = lines.shift();
      if (early !== undefined) {
        // Echoed as if it had been typed now.
        process.stderr.write(`${early}\n`);
        return early.trim();
      }
      if (isClosed)
        throw signal.aborted
          ? signal.reason
          : new UsageError("the input ended before all questions were answered", otherwise);
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
