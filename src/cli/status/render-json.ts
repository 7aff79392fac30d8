import type { SensorState } from "./read-fleet.ts";
import { checkOf, differencesOf, factsOf, findingOf, healthOf } from "./summary.ts";

/** The sensors for programs; docs/status.md describes the keys. */
export function fleetJson(states: readonly SensorState[]): object {
  return {
    sensors: states.map(sensorJson),
    differences: differencesOf(states).map(({ sensor, measure, value, expected }) => ({
      sensor,
      measure,
      value,
      expected: Math.round(expected),
    })),
  };
}

function sensorJson(state: SensorState): object {
  const finding = findingOf(state);
  const facts = factsOf(state);
  return {
    sensor: state.plan.name,
    target: state.plan.target,
    address: state.address ?? null,
    health: healthOf(state).replace(" ", "_"),
    reason: finding?.message ?? null,
    next: finding?.next || null,
    since_seconds: finding?.age ?? null,
    last_report_seconds: checkOf(state, "last report")?.age ?? null,
    last_backup_seconds: checkOf(state, "backup")?.age ?? null,
    last_transfer_seconds: checkOf(state, "transfer")?.age ?? null,
    disk_percent: facts.disk_percent ?? null,
    capture_bytes_per_day: facts.capture_bytes_per_day ?? null,
    downloads: facts.downloads ?? null,
    days: facts.days ?? null,
    version: facts.version ?? null,
    settings_digest: facts.settings_digest ?? null,
    files_changed: facts.files_changed ?? null,
    drift: state.drift,
    checks: "checks" in state.answer ? state.answer.checks : [],
  };
}
