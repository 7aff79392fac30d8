import { invisibleIn } from "../../diagnostics/invisible.ts";
import { typographicQuotes } from "../../diagnostics/typographic-quotes.ts";
import type { Rule } from "../rule.ts";

/** The name of a wireless network may be any bytes; some are there by accident, and no network is found then. */
export const wifiName: Rule = ({ plan }) => {
  const problem = plan.wifi === undefined ? undefined : problemOf(plan.wifi.ssid);
  if (problem === undefined) return [];
  return [
    {
      code: "network/odd-name",
      at: ["network", "wifi", "ssid"],
      message: `the network's name ${problem}`,
      hint: "a Pi joins only a network whose name has exactly these characters; leave them out, or ignore this where the network is called so",
    },
  ];
};

function problemOf(ssid: string): string | undefined {
  const invisible = invisibleIn(ssid);
  if (invisible !== undefined) return `holds the character ${invisible}, which is invisible`;
  const quotes = typographicQuotes(ssid);
  if (quotes !== undefined)
    return `begins and ends with the typographic quotes ${quotes}, which are part of it`;
  if (/^(["']).*\1$/.test(ssid)) return "begins and ends with quotes, which are part of it";
  return ssid === ssid.trim() ? undefined : "begins or ends with a blank, which is part of it";
}
