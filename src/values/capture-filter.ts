import type { Complaint } from "../diagnostics/diagnostic.ts";
import { isPrintableAscii } from "./characters.ts";

/**
 * Checks the outside of a pcap-filter expression: one line of ASCII with matching parentheses, so that it stays one
 * operand when the sensor combines it with its own exclusions. tcpdump checks its meaning.
 */
export function complainOfCaptureFilter(value: string): Complaint | undefined {
  if (value.trim() === "")
    return { message: "the filter is empty", hint: "remove the key to capture everything" };
  if (!isPrintableAscii(value)) return { message: "a capture filter must be plain ASCII" };
  if (value.length > 2000)
    return { message: `a capture filter has at most 2000 characters, not ${value.length}` };
  if (/["'`;$#{}]/.test(value))
    return {
      message: `pcap-filter knows none of " ' \` ; $ # { }`,
      hint: "see `man pcap-filter` for the syntax",
    };
  if (value.trimStart().startsWith("-")) return { message: "a filter cannot begin with a hyphen" };
  let depth = 0;
  for (const character of value) {
    if (character === "(") depth++;
    if (character === ")" && --depth < 0) break;
  }
  return depth === 0 ? undefined : { message: "the parentheses of the filter do not match" };
}
