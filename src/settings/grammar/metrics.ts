import { complainOfNetwork } from "../../values/addresses.ts";
import { fullList, group, text } from "../leaf.ts";

/** Measurements for a Prometheus server. */
export function metricsGrammar() {
  return group("Measurements for a Prometheus server, from the distribution's node exporter.", {
    allow_from: fullList(
      {
        description:
          "Networks and addresses that can read the measurements, on TCP port 19100 without encryption. For everybody else the port is invisible.",
        examples: [["198.51.100.9/32"]],
      },
      text({ takes: "an IP address or a network", description: "An address or a network." }, (value) =>
        complainOfNetwork(value, "the measurements show that this is a honeypot; list your own networks"),
      ),
    ),
  });
}
