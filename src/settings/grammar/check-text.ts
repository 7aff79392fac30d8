import type { Complaint } from "../../diagnostics/diagnostic.ts";
import { complainOfText } from "../../values/characters.ts";
import type { LeafComplaint } from "../leaf.ts";

/** The first complaint about a text, its characters before its meaning, as a list of at most one. */
export function checkText(
  value: string,
  complain: (value: string) => Complaint | undefined,
): readonly LeafComplaint[] {
  const complaint = complainOfText(value) ?? complain(value);
  return complaint ? [complaint] : [];
}
