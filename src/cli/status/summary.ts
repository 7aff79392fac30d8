import { OutsideError } from "../../diagnostics/outside-error.ts";
import { visible } from "../../diagnostics/visible.ts";
import { type Difference, differingSensors } from "../../machines/differing-sensors.ts";
import type { SensorReport } from "../../machines/sensor-report.ts";
import { duration } from "../shared/duration.ts";
import { exitCodes } from "../shared/exit.ts";
import { totals } from "../shared/totals.ts";
import type { SensorState } from "./read-fleet.ts";

export type Health = "healthy" | "unhealthy" | "no answer";

/** The first reason why a sensor is not healthy. */
export type Finding = {
  readonly message: string;
  /** The command to run next, or a hint; empty if there is none. */
  readonly next: string;
  /** Seconds since it was recorded; `undefined`: unknown. */
  readonly age: number | undefined;
};

export function healthOf({ answer }: SensorState): Health {
  if (answer instanceof OutsideError) return "no answer";
  return answer.healthy ? "healthy" : "unhealthy";
}

/** `undefined` for a healthy sensor. */
export function findingOf({ answer }: SensorState): Finding | undefined {
  if (answer instanceof OutsideError)
    return { message: visible(answer.message), next: visible(answer.hint ?? ""), age: undefined };
  if (answer.healthy) return undefined;
  const { checks } = answer;
  const found =
    checks.find(({ status }) => status === "bad") ?? checks.find(({ status }) => status === "waiting");
  if (found === undefined) return { message: "it names no reason", next: "", age: undefined };
  return { message: `${found.name}: ${found.message}`, next: found.next, age: found.age };
}

/** One check of a sensor; `undefined` if the sensor does not answer or has no such check. */
export function checkOf({ answer }: SensorState, name: string): SensorReport["checks"][number] | undefined {
  return answer instanceof OutsideError ? undefined : answer.checks.find((check) => check.name === name);
}

/** The facts of a sensor; empty if it does not answer. */
export function factsOf({ answer }: SensorState): SensorReport["facts"] {
  return answer instanceof OutsideError ? {} : answer.facts;
}

/** The sensors that differ clearly from the rest. */
export function differencesOf(states: readonly SensorState[]): readonly Difference[] {
  return differingSensors(
    states.map((state) => ({
      sensor: state.plan.name,
      facts: factsOf(state),
      logsKeepDays: state.plan.logs.keepDays,
      reportAge: checkOf(state, "last report")?.age,
    })),
  );
}

/** One difference in words. */
export function differenceText({ measure, value, expected }: Difference): string {
  if (measure === "downloads") return `${value} downloads, the others about ${Math.round(expected)}`;
  if (measure === "report_age") return `last report ${duration(value)} ago, the others ${duration(expected)}`;
  return `captures ${megabytes(value)} MB a day, the others about ${megabytes(expected)}`;
}

/** The differences in one line; empty if there are none. */
export function differencesText(differences: readonly Difference[]): string {
  const names = [...new Set(differences.map(({ sensor }) => sensor))];
  const parts = names.map((name) => {
    const words = differences.filter(({ sensor }) => sensor === name).map(differenceText);
    return `${name} (${words.join("; ")})`;
  });
  return parts.length === 0 ? "" : `different from the rest: ${parts.join(", ")}`;
}

/** How many sensors are in each state. */
export function totalText(states: readonly SensorState[]): string {
  return totals("sensor", states, healthOf, ["healthy", "unhealthy", "no answer"]);
}

/** 1 if a sensor is unhealthy, 3 if one does not answer; the higher one wins. */
export function exitCodeOfFleet(states: readonly SensorState[]): number {
  const found = new Set(states.map(healthOf));
  if (found.has("no answer")) return exitCodes.outside;
  return found.has("unhealthy") ? exitCodes.settings : exitCodes.fine;
}

/** Whole megabytes, or one decimal of few. */
export function megabytes(bytes: number): string {
  const count = bytes / 1e6;
  return count > 0 && count < 10 ? count.toFixed(1) : String(Math.round(count));
}
