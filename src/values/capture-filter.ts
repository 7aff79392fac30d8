import type { Complaint } from "../diagnostics/diagnostic.ts";
import { isPrintableAscii } from "./characters.ts";

/**
 * The outside of a pcap-filter expression: one line of ASCII whose parentheses match, so that it stays one
 * operand when the sensor joins it with its own exclusions. Whether it means anything, tcpdump says.
 */
export function complainOfCaptureFilter(value: string): Complaint | undefined {
  if (value.trim() === "")
    return { message: "an empty filter says nothing", hint: "leave the key out to capture everything" };
  if (!isPrintableAscii(value)) return { message: "a capture filter is plain ASCII" };
  if (value.length > 2000)
    return { message: `a capture filter has at most 2000 characters, not ${value.length}` };
  if (/["'`;$#{}]/.test(value))
    return {
      message: `pcap-filter knows none of " ' \` ; $ # { }`,
      hint: "`man pcap-filter` has the language",
    };
  if (value.trimStart().startsWith("-")) return { message: "a filter does not begin with a hyphen" };
  let depth = 0;
  for (const character of value) {
    if (character === "(") depth++;
    if (character === ")" && --depth < 0) break;
  }
  return depth === 0 ? undefined : { message: "the parentheses of the filter do not match" };
}
