import { statusLine } from "../../src/cli/shared/progress.ts";
import type { Streams } from "../../src/cli/shared/streams.ts";

/** Streams without a terminal that keep what a command prints. JSON is printed on one line. */
export function recordedStreams(): {
  readonly streams: Streams;
  readonly result: () => string;
  readonly said: readonly string[];
} {
  let result = "";
  const said: string[] = [];
  const streams: Streams = {
    result: (text) => {
      result += String(text);
    },
    print: (text) => {
      result += text;
    },
    say: (line) => void said.push(line),
    status: statusLine({
      write: () => {},
      isTerminal: false,
      columns: 80,
      now: () => 0,
      every: () => () => {},
    }),
    json: (value) => {
      result += `${JSON.stringify(value)}\n`;
    },
    note: () => {},
    colorOfResult: false,
    colorOfMessages: false,
    resultIsTerminal: false,
    messagesAreTerminal: false,
    widthOfResult: 80,
    widthOfMessages: 80,
  };
  return { streams, result: () => result, said };
}
