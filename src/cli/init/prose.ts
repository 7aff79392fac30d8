import { widestText, wrap } from "../../diagnostics/wrap.ts";
import type { Streams } from "../shared/streams.ts";

/** Text for the terminal with wrapped lines. A line that begins with a blank stays whole: it is a command or a choice. */
export function prose(text: string, { widthOfMessages }: Streams): string {
  const width = Math.min(widestText, widthOfMessages - 1);
  return text
    .split("\n")
    .flatMap((line) => (line.startsWith(" ") ? line : wrap(line, width)))
    .join("\n");
}
