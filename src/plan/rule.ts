import type { Code } from "../diagnostics/codes.ts";
import type { Complaint, Path } from "../diagnostics/diagnostic.ts";
import type { MergedSensor } from "../settings/merge.ts";
import type { Origin } from "../settings/origin.ts";
import type { Plan } from "./plan.ts";

/** The input of a rule: one sensor's plan, its settings and their origins. */
export type Subject = {
  readonly plan: Plan;
  readonly settings: MergedSensor;
  readonly writerOf: Origin["writerOf"];
};

/** A problem at a setting of the sensor; its position in the file is looked up later. */
export type Finding = Complaint & { readonly code: Code; readonly at: Path };

/** One rule about settings that must be consistent. Pure. To add one, write a file and list it in `rules.ts`. */
export type Rule = (subject: Subject) => readonly Finding[];
