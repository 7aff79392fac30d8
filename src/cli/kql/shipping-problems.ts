import { type Diagnostic, diagnose } from "../../diagnostics/diagnostic.ts";
import type { SensorPlan } from "../../load/load.ts";

/** A warning that lists all sensors that ship no logs, so queries find nothing of them. */
export function shippingProblems(sensors: readonly SensorPlan[]): readonly Diagnostic[] {
  const silent = sensors.filter(({ plan }) => plan.siem === undefined);
  const [first] = silent;
  if (first === undefined) return [];
  const names = silent.map(({ plan }) => plan.name).join(", ");
  return [
    diagnose("siem/not-shipped", first.placeOf(["siem"]), {
      message: `without siem the logs of ${names} are not shipped, and the queries find none of them`,
      hint: 'write siem: {logstash: "siem.example.org:5044", ca: {file: siem-ca.pem}}, or ship the logs by other means',
    }),
  ];
}
