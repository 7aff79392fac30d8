/** A part that a trial may lack. */
export type Part = "dshield" | "siem" | "transfer" | "notify" | "tools" | "reports" | "queries";

/** What this trial can show. */
export type TrialScope = {
  /** For each part that this trial lacks, why: "DShield's repository cannot be reached from a trial". */
  readonly absent: Readonly<Partial<Record<Part, string>>>;
  /** The IPv4 address from which the attacks reach the sensor. */
  readonly attacker: string;
};
