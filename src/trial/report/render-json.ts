import type { Observation } from "../observe/observe-trial.ts";
import {
  changedObservations,
  changeFailure,
  isComplete,
  sentTotals,
  type TrialReport,
} from "./trial-report.ts";

/** The report for programs; docs/try.md describes the keys. */
export function reportJson(report: TrialReport): object {
  const { sensor, target, os, version, steps, result, changed, sent, additions } = report;
  return {
    schema: 1,
    sensor,
    target,
    os,
    version,
    passed: isComplete(report),
    steps,
    promises: result.observations.map(promiseJson),
    changed_promises: changed === undefined ? null : changedObservations(report).map(promiseJson),
    change_failure: changeFailure(report) || null,
    attacks: result.attacks.map(({ attack, appearances }) => ({
      id: attack.id,
      what: attack.what,
      marker: attack.marker ?? null,
      ports: attack.ports,
      outcome: attack.outcome,
      seconds: attack.seconds,
      places: appearances.map(({ place, state, evidence }) => ({
        place,
        result: state.replace(" ", "_"),
        evidence,
      })),
    })),
    sent: sentTotals(sent).map(({ kind, to, what, count, bytes }) => ({
      server: kind,
      to,
      what,
      count,
      bytes,
    })),
    additions,
  };
}

function promiseJson({ id, promise, how, observed, evidence, hint, seconds }: Observation): object {
  return {
    id,
    promise,
    how,
    result: observed === undefined ? "not_in_this_trial" : observed ? "observed" : "not_observed",
    evidence,
    next: hint === "" ? null : hint,
    seconds,
  };
}
