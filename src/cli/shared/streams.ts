/**
 * Where a command speaks: results to standard output, talk to standard error. Colour only on a terminal,
 * and never when NO_COLOR is set to anything.
 */
export type Streams = {
  readonly result: (text: string | Uint8Array) => void;
  readonly say: (line: string) => void;
  readonly colorOfResult: boolean;
  readonly colorOfMessages: boolean;
  readonly resultIsTerminal: boolean;
  /** Columns of the terminal that results go to; 80 elsewhere. */
  readonly widthOfResult: number;
};

/** The process's own streams. */
export function processStreams(): Streams {
  const colorful = (stream: NodeJS.WriteStream) =>
    stream.isTTY === true && (process.env.NO_COLOR ?? "") === "";
  return {
    result: (text) => void process.stdout.write(text),
    say: (line) => void process.stderr.write(`${line}\n`),
    colorOfResult: colorful(process.stdout),
    colorOfMessages: colorful(process.stderr),
    resultIsTerminal: process.stdout.isTTY === true,
    widthOfResult: process.stdout.columns || 80,
  };
}
