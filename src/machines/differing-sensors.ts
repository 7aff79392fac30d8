import type { SensorFacts } from "./sensor-report.ts";

/** The measures of one sensor. */
export type MeasuredSensor = {
  readonly sensor: string;
  readonly facts: SensorFacts;
  /** Days for which the sensor keeps collected files. */
  readonly logsKeepDays: number;
  /** Seconds since the last report to DShield; `undefined`: unknown. */
  readonly reportAge: number | undefined;
};

/** A measure by which a sensor differs from the rest. */
export type Difference = {
  readonly sensor: string;
  readonly measure: "downloads" | "capture_bytes_per_day" | "report_age";
  readonly value: number;
  /** The value to expect from the fleet's median. */
  readonly expected: number;
};

/** The sensors that differ clearly from the median of at least three. A sensor's first day is not compared. */
export function differingSensors(sensors: readonly MeasuredSensor[]): readonly Difference[] {
  const settled = sensors.filter(({ facts }) => (facts.days ?? 0) >= 1);
  return [...fewDownloads(settled), ...littleCapture(settled), ...lateReport(settled)];
}

// With ten expected, at most one arrives by chance once in two thousand times.
function fewDownloads(sensors: readonly MeasuredSensor[]): readonly Difference[] {
  const counted = sensors.flatMap(({ sensor, facts: { downloads: value, days = 1 }, logsKeepDays }) =>
    value === undefined ? [] : [{ sensor, value, window: Math.min(30, logsKeepDays, days) }],
  );
  const perDay = median(counted.map(({ value, window }) => value / window));
  if (perDay === undefined) return [];
  return counted
    .map(({ sensor, value, window }) => ({ sensor, value, expected: perDay * window }))
    .filter(({ value, expected }) => expected >= 10 && value <= expected / 10)
    .map((one) => ({ measure: "downloads", ...one }));
}

function littleCapture(sensors: readonly MeasuredSensor[]): readonly Difference[] {
  const counted = sensors.flatMap(({ sensor, facts: { capture_bytes_per_day: value } }) =>
    value === undefined ? [] : [{ sensor, value }],
  );
  const expected = median(counted.map(({ value }) => value));
  if (expected === undefined || expected < 1e6) return [];
  return counted
    .filter(({ value }) => value <= expected / 10)
    .map((one) => ({ measure: "capture_bytes_per_day", ...one, expected }));
}

function lateReport(sensors: readonly MeasuredSensor[]): readonly Difference[] {
  const counted = sensors.flatMap(({ sensor, reportAge: value }) =>
    value === undefined ? [] : [{ sensor, value }],
  );
  const expected = median(counted.map(({ value }) => value));
  if (expected === undefined) return [];
  return counted
    .filter(({ value }) => value >= Math.max(86_400, expected * 10))
    .map((one) => ({ measure: "report_age", ...one, expected }));
}

function median(values: readonly number[]): number | undefined {
  if (values.length < 3) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const [low = 0, high = 0] = [sorted[Math.floor((sorted.length - 1) / 2)], sorted[sorted.length >> 1]];
  return (low + high) / 2;
}
