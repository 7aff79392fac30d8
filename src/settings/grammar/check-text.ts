import type { Complaint } from "../../diagnostics/diagnostic.ts";
import { complainOfText } from "../../values/characters.ts";
import type { LeafComplaint } from "../leaf.ts";

/** A list of at most one complaint about a text: about its characters first, then about its meaning. */
export function checkText(
  value: string,
  complain: (value: string) => Complaint | undefined,
): readonly LeafComplaint[] {
  const complaint = complainOfText(value) ?? complain(value);
  return complaint ? [complaint] : [];
}
