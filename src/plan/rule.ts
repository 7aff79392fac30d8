import type { Code } from "../diagnostics/codes.ts";
import type { Complaint, Path } from "../diagnostics/diagnostic.ts";
import type { MergedSensor } from "../settings/merge.ts";
import type { Origin } from "../settings/origin.ts";
import type { Plan } from "./plan.ts";

/** What a rule looks at: one sensor, all decided, and who wrote what. */
export type Subject = {
  readonly plan: Plan;
  readonly settings: MergedSensor;
  readonly writerOf: Origin["writerOf"];
};

/** A problem at a setting of the sensor; where that stands in the file is found out later. */
export type Finding = Complaint & { readonly code: Code; readonly at: Path };

/** One rule about settings that must fit together. Pure; to add one, write a file and put it into `rules.ts`. */
export type Rule = (subject: Subject) => readonly Finding[];
