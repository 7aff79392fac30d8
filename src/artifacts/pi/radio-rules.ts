import type { Plan } from "../../plan/plan.ts";

/** The kernel parameter with the country whose radio regulations apply. */
export function radioRules({ wifi }: Plan): readonly string[] {
  return wifi === undefined ? [] : [`cfg80211.ieee80211_regdom=${wifi.country}`];
}
