import type { JsonDiagnostic } from "../../diagnostics/render-json.ts";

/**
 * The output of a command: results go to standard output, messages to standard error. Colour is used only on a
 * terminal, and never if NO_COLOR is set.
 */
export type Streams = {
  readonly result: (text: string | Uint8Array) => void;
  readonly say: (line: string) => void;
  /** Prints a result as JSON, with the diagnostics noted before it as `diagnostics`. */
  readonly json: (value: object) => void;
  /** Keeps diagnostics for the next result that `json` prints. */
  readonly note: (diagnostics: readonly JsonDiagnostic[]) => void;
  readonly colorOfResult: boolean;
  readonly colorOfMessages: boolean;
  readonly resultIsTerminal: boolean;
  readonly messagesAreTerminal: boolean;
  /** Columns of the terminal that receives results; 80 without a terminal. */
  readonly widthOfResult: number;
  /** Columns of the terminal that receives messages; 80 without a terminal. */
  readonly widthOfMessages: number;
};

/** The process's own streams. */
export function processStreams(): Streams {
  const colorful = (stream: NodeJS.WriteStream) =>
    stream.isTTY === true && (process.env.NO_COLOR ?? "") === "";
  const noted: JsonDiagnostic[] = [];
  return {
    result: (text) => void process.stdout.write(text),
    say: (line) => void process.stderr.write(`${line}\n`),
    json: (value) => {
      const diagnostics = noted.splice(0);
      process.stdout.write(`${JSON.stringify({ ...value, diagnostics }, null, 2)}\n`);
    },
    note: (diagnostics) => {
      for (const diagnostic of diagnostics) noted.push(diagnostic);
    },
    colorOfResult: colorful(process.stdout),
    colorOfMessages: colorful(process.stderr),
    resultIsTerminal: process.stdout.isTTY === true,
    messagesAreTerminal: process.stderr.isTTY === true,
    // The window may change its size.
    get widthOfResult() {
      return process.stdout.columns || 80;
    },
    get widthOfMessages() {
      return process.stderr.columns || 80;
    },
  };
}
