import type { Plan } from "../../plan/plan.ts";

/** The word of the kernel's command line that says whose radio rules apply. */
export function radioRules({ wifi }: Plan): readonly string[] {
  return wifi === undefined ? [] : [`cfg80211.ieee80211_regdom=${wifi.country}`];
}
