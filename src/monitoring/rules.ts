import { stringifyYaml } from "../artifacts/yaml.ts";

/** An alert rule of Prometheus. */
type Alert = {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: "critical" | "warning" };
  readonly annotations: { readonly summary: string; readonly description: string };
};

/** The job of the sensors in Prometheus's configuration. */
export const job = "honeypots";

/** A rule file for Prometheus. The sensor renews its measurements every 15 minutes. */
export function alertRules(): string {
  return stringifyYaml({ groups: [{ name: "sensorbake", rules: alerts }] });
}

const alerts: readonly Alert[] = [
  {
    alert: "SensorUnreachable",
    expr: `up{job="${job}"} == 0`,
    for: "10m",
    labels: { severity: "critical" },
    annotations: {
      summary: "{{ $labels.sensor }} does not answer",
      description: "The machine is off, its network is down, or the exporter is not running.",
    },
  },
  {
    alert: "SensorUnhealthy",
    expr: `honeypot_check{job="${job}"} == 0`,
    for: "1m",
    labels: { severity: "critical" },
    annotations: {
      summary: "{{ $labels.sensor }}: the check {{ $labels.check }} fails",
      description: "Run on the sensor: sudo honeypot-status",
    },
  },
  {
    alert: "SensorNotChecked",
    expr: `time() - honeypot_checked_timestamp_seconds{job="${job}"} > 3600`,
    for: "5m",
    labels: { severity: "critical" },
    annotations: {
      summary: "{{ $labels.sensor }} has not checked itself for an hour",
      description: "Run on the sensor: systemctl status honeypot-health.timer honeypot-health.service",
    },
  },
  {
    alert: "SensorWithoutMeasurements",
    expr: `up{job="${job}"} == 1 unless on (instance) honeypot_healthy{job="${job}"}`,
    for: "30m",
    labels: { severity: "warning" },
    annotations: {
      summary: "{{ $labels.sensor }} has an exporter, but no results of honeypot-status",
      description: "Run on the sensor: systemctl status honeypot-health.service",
    },
  },
  {
    alert: "SensorCapturesNothing",
    expr: `honeypot_capture_bytes_per_day{job="${job}"} == 0 and on (instance) honeypot_days{job="${job}"} > 1`,
    for: "1h",
    labels: { severity: "warning" },
    annotations: {
      summary: "{{ $labels.sensor }} has captured no packets for a week",
      description: "Run on the sensor: sudo honeypot-status",
    },
  },
];
