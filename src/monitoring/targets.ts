import type { Plan } from "../plan/plan.ts";
import { endpointText } from "../values/endpoint.ts";

/** One entry of a file for Prometheus's `file_sd_configs`. */
export type ScrapeTarget = {
  readonly targets: readonly string[];
  readonly labels: { readonly sensor: string; readonly provider: string };
};

/** The sensors that have an exporter, by their `address`, or else by their name. */
export function scrapeTargets(plans: readonly Plan[]): readonly ScrapeTarget[] {
  return plans.flatMap(({ name, target, address, metrics }) =>
    metrics === undefined
      ? []
      : [
          {
            targets: [endpointText({ host: address ?? name, port: metrics.port })],
            labels: { sensor: name, provider: target },
          },
        ],
  );
}
