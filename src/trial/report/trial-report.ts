import type { Observation, TrialResult } from "../observe/observe-trial.ts";
import { type Place, places } from "../observe/place.ts";
import type { Sent } from "../stand-ins/stand-in.ts";

/** Everything that a trial reports. */
export type TrialReport = {
  readonly sensor: string;
  readonly target: string;
  readonly os: string;
  /** The version of sensorbake. */
  readonly version: string;
  /** What the trial did before it observed, with durations. */
  readonly steps: readonly TrialStep[];
  readonly result: TrialResult;
  /** After the change to other settings, without attacks; `undefined`: there was none. */
  readonly changed: TrialResult | FailedChange | undefined;
  readonly sent: readonly Sent[];
  /** What the trial added to the sensor, or replaced there. */
  readonly additions: readonly { readonly what: string; readonly why: string }[];
};

/** Why the sensor refused or reverted the change, in words of the sensor. */
export type FailedChange = { readonly failure: string };

export type TrialStep = { readonly step: string; readonly seconds: number };

/** What was sent to one server, without names, because a path may contain a token. */
export type SentTotal = {
  readonly kind: string;
  readonly to: string;
  readonly what: string;
  readonly count: number;
  readonly bytes: number;
};

/** Whether everything was observed, also after the change. */
export function isComplete({ result, changed }: TrialReport): boolean {
  return result.isComplete && (changed === undefined || ("isComplete" in changed && changed.isComplete));
}

/** What was observed after the change. */
export function changedObservations({ changed }: TrialReport): readonly Observation[] {
  return changed !== undefined && "observations" in changed ? changed.observations : [];
}

/** Why the change failed, or an empty string. */
export function changeFailure({ changed }: TrialReport): string {
  return changed !== undefined && "failure" in changed ? changed.failure : "";
}

/** Adds up what was sent. */
export function sentTotals(sent: readonly Sent[]): readonly SentTotal[] {
  const totals = new Map<string, SentTotal>();
  for (const { kind, to, what, bytes } of sent) {
    const key = `${kind}\n${to}\n${what}`;
    const before = totals.get(key) ?? { kind, to, what, count: 0, bytes: 0 };
    totals.set(key, { ...before, count: before.count + 1, bytes: before.bytes + bytes });
  }
  return [...totals.values()];
}

/** The result in one sentence. */
export function verdict(report: TrialReport): string {
  const { sensor, result } = report;
  const { attacks } = result;
  const observations = [...result.observations, ...changedObservations(report)];
  const expected = observations.filter(({ observed }) => observed !== undefined);
  const met = expected.filter(({ observed }) => observed === true).length;
  const cells = attacks
    .flatMap(({ appearances }) => appearances)
    .filter(({ state }) => state !== "not expected");
  const seen = cells.filter(({ state }) => state === "seen").length;
  const counts = `${met} of ${expected.length} promises, ${seen} of ${cells.length} traces of attacks`;
  return `${sensor}: ${isComplete(report) ? "everything" : "not everything"} was observed: ${counts}`;
}

/** What was missing, in words: attacks and promises. */
export function missing({ result }: TrialReport): readonly string[] {
  return result.attacks.flatMap(({ attack, appearances }) =>
    appearances
      .filter(({ state }) => state === "missing")
      .map(({ place, evidence }) => `${attack.what}, ${place}: ${evidence}`),
  );
}

/** Why attacks were not expected in places: each reason once, with its places. */
export function notExpected({ result }: TrialReport): readonly string[] {
  const found = new Map<string, Set<Place>>();
  for (const { appearances } of result.attacks)
    for (const { place, state, evidence } of appearances)
      if (state === "not expected") found.set(evidence, (found.get(evidence) ?? new Set()).add(place));
  return [...found].map(
    ([reason, of]) => `not expected in ${places.filter((place) => of.has(place)).join(", ")}: ${reason}`,
  );
}
