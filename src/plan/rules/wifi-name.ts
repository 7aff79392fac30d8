import { invisibleIn } from "../../diagnostics/invisible.ts";
import { typographicQuotes } from "../../diagnostics/typographic-quotes.ts";
import type { Rule } from "../rule.ts";

/** Warns about characters that are valid in the name of a Wi-Fi network but are probably a mistake. */
export const wifiName: Rule = ({ plan }) => {
  const problem = plan.wifi === undefined ? undefined : problemOf(plan.wifi.ssid);
  if (problem === undefined) return [];
  return [
    {
      code: "network/odd-name",
      at: ["network", "wifi", "ssid"],
      message: `the Wi-Fi network's name ${problem}`,
      hint: "remove these characters, unless they really are part of the network's name",
    },
  ];
};

function problemOf(ssid: string): string | undefined {
  const invisible = invisibleIn(ssid);
  if (invisible !== undefined) return `contains the invisible character ${invisible}`;
  const quotes = typographicQuotes(ssid);
  if (quotes !== undefined)
    return `begins and ends with the typographic quotes ${quotes}, which are part of the name`;
  if (/^(["']).*\1$/.test(ssid)) return "begins and ends with quotes, which are part of the name";
  return ssid === ssid.trim() ? undefined : "begins or ends with a space, which is part of the name";
}
