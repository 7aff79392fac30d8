import { PassThrough } from "node:stream";
import { text } from "@clack/prompts";
import { UsageError } from "./exit.ts";

/** One question on the terminal. */
export type Prompt = {
  readonly message: string;
  /** The meaning of an empty answer; `undefined`: an answer is required. */
  readonly preset?: string | undefined;
  /** Returns why an answer is invalid, or `undefined`. The question stays until an answer is valid. */
  readonly complain?: (answer: string) => Promise<string | undefined>;
};

/** A terminal for questions. */
export type Terminal = {
  /** Returns the answer without surrounding spaces, or `undefined` when the user presses Escape. */
  readonly ask: (prompt: Prompt) => Promise<string | undefined>;
  readonly close: () => void;
};

/**
 * Opens the terminal for questions, which go to standard error. Ctrl-C reaches the program's own handler. The end of
 * the input (Ctrl-D) is wrong usage, as is opening without a terminal, whose message is `refusal`; `otherwise` is the hint for both.
 */
export function openTerminal(signal: AbortSignal, refusal: string, otherwise: string): Terminal {
  const { stdin, stderr } = process;
  if (stdin.isTTY !== true) throw new UsageError(refusal, otherwise);
  const ended = new AbortController();
  const screen = Object.assign(new PassThrough(), {
    isTTY: true,
    // A serial line does not know its size and reports 0.
    columns: stderr.columns || 80,
    rows: stderr.rows || 24,
  });
  screen.pipe(stderr, { end: false });
  const keyboard = keyboardOf(stdin, () => ended.abort());
  return {
    ask: async ({ message, preset, complain = async () => undefined }) => {
      const answer = text({
        message,
        ...(preset !== undefined && { placeholder: preset, defaultValue: preset }),
        input: keyboard.input,
        output: screen,
        signal: AbortSignal.any([signal, ended.signal]),
        validate: async (given) => {
          const wanted = given?.trim() || preset;
          const complaint = wanted === undefined ? "an answer is required" : await complain(wanted);
          if (complaint !== undefined) setImmediate(keyboard.nextLine, true);
          return complaint;
        },
      });
      keyboard.nextLine(false);
      const given = await answer;
      signal.throwIfAborted();
      if (ended.signal.aborted)
        throw new UsageError("the input ended before all questions were answered", otherwise);
      return typeof given === "string" ? given.trim() : undefined;
    },
    close: keyboard.close,
  };
}

// Control-U deletes the line.
const keys = { controlC: "\u0003", controlD: "\u0004", controlU: "\u0015" };

/**
 * The keys that are typed, up to the end of one line at a time: pasted lines wait for their question, which would lose
 * them.
 */
function keyboardOf(stdin: NodeJS.ReadStream, onEnd: () => void) {
  const input = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {} });
  let waiting = "";
  let isAsking = false;
  const pump = () => {
    if (!isAsking || waiting === "") return;
    const end = waiting.search(/[\r\n]/);
    const line = end === -1 ? waiting : waiting.slice(0, end);
    if (line.includes(keys.controlD)) return onEnd();
    isAsking = end === -1;
    waiting = isAsking ? "" : waiting.slice(end + (waiting.startsWith("\r\n", end) ? 2 : 1));
    input.write(isAsking ? line : `${line}\r`);
  };
  const onData = (chunk: Buffer) => {
    const typed = chunk.toString();
    // In raw mode the terminal does not send the signal.
    if (typed.includes(keys.controlC)) process.emit("SIGINT");
    else waiting += typed;
    pump();
  };
  stdin.setRawMode(true);
  stdin.on("data", onData);
  stdin.on("end", onEnd);
  stdin.resume();
  return {
    input,
    /** Lets one line more through. An answer that was refused stays to be edited; a pasted one replaces it. */
    nextLine: (wasRefused: boolean) => {
      isAsking = true;
      if (wasRefused && waiting !== "") input.write(keys.controlU);
      pump();
    },
    close: () => {
      stdin.off("data", onData);
      stdin.off("end", onEnd);
      stdin.setRawMode(false);
      stdin.pause();
    },
  };
}
