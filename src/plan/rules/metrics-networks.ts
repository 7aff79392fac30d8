import type { Rule } from "../rule.ts";

/** Requires the networks that can read the metrics. */
export const metricsNetworks: Rule = ({ settings: { metrics } }) =>
  metrics === undefined || metrics.allow_from !== undefined
    ? []
    : [
        {
          code: "settings/missing-key",
          at: ["metrics", "allow_from"],
          message: "allow_from is missing; it lists the networks of your Prometheus server",
        },
      ];
