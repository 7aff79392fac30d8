import type { JsonDiagnostic } from "../../diagnostics/render-json.ts";
import { fitLines } from "./fit-lines.ts";
import { type StatusLine, standardError, statusLine } from "./progress.ts";

/**
 * The output of a command: results go to standard output, messages to standard error. Colour is used only on a
 * terminal, and never if NO_COLOR is set.
 */
export type Streams = {
  readonly result: (text: string | Uint8Array) => void;
  /** Prints a result for people: a terminal that is too narrow breaks its lines between words. */
  readonly print: (text: string) => void;
  /** Prints a message, whose lines are broken in the same way. */
  readonly say: (line: string) => void;
  /** The progress of the work; results and messages take its place. */
  readonly status: StatusLine;
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
  const status = statusLine(standardError());
  const result = (text: string | Uint8Array) => {
    if (process.stdout.isTTY) status.erase();
    process.stdout.write(text);
  };
  const fitted = (text: string, stream: NodeJS.WriteStream) =>
    stream.isTTY ? fitLines(text, stream.columns || 80) : text;
  return {
    result,
    print: (text) => result(fitted(text, process.stdout)),
    say: (line) => {
      status.erase();
      process.stderr.write(`${fitted(line, process.stderr)}\n`);
    },
    status,
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
