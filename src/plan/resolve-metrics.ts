import type { MergedSensor } from "../settings/merge.ts";
import { networks } from "./distinct.ts";

/** Measurements for a Prometheus server. */
export type MetricsPlan = {
  /** Networks in CIDR form that can reach the exporter. */
  readonly allowFrom: readonly string[];
  readonly port: number;
};

/** The exporter's own port 9100 is the one of network printers, whose visitors are worth capturing. */
const metricsPort = 19_100;

/** Resolves the metrics; a rule reports missing networks. */
export function resolveMetrics(metrics: NonNullable<MergedSensor["metrics"]>): MetricsPlan | undefined {
  return metrics.allow_from === undefined
    ? undefined
    : { allowFrom: networks(metrics.allow_from), port: metricsPort };
}
