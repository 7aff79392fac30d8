import type { Complaint } from "../../diagnostics/diagnostic.ts";
import { nearest } from "../../diagnostics/nearest.ts";
import { quoted } from "../../diagnostics/visible.ts";
import { placesByRegion } from "./time-zone-names.ts";

/** A name that every supported system's tz database has: a place like `Europe/Berlin`, or `UTC` and `Etc/GMT+5`. */
export function complainOfTimeZone(value: string): Complaint | undefined {
  if (isTimeZone(value)) return undefined;
  const suggestion = suggest(value);
  return {
    message: `${quoted(value)} is no time zone that every supported system has`,
    hint: suggestion === undefined ? "write it like Etc/UTC or Europe/Berlin" : `did you mean ${suggestion}?`,
  };
}

function isTimeZone(value: string): boolean {
  if (/^(UTC|Etc\/(UTC|GMT|GMT\+([1-9]|1[0-2])|GMT-([1-9]|1[0-4])))$/.test(value)) return true;
  const slash = value.indexOf("/");
  return placesOf(value.slice(0, Math.max(0, slash))).includes(value.slice(slash + 1));
}

function placesOf(region: string): readonly string[] {
  return Object.hasOwn(placesByRegion, region) ? (placesByRegion[region]?.split(" ") ?? []) : [];
}

function suggest(value: string): string | undefined {
  const all = [
    "UTC",
    "Etc/UTC",
    ...Object.keys(placesByRegion).flatMap((region) => placesOf(region).map((place) => `${region}/${place}`)),
  ];
  const written = value.replaceAll(" ", "_").toLowerCase();
  const near = nearest(
    written,
    all.map((name) => name.toLowerCase()),
  );
  return (
    all.find((name) => name.toLowerCase() === written) ??
    all.find((name) => name.toLowerCase().endsWith(`/${written}`)) ??
    all.find((name) => name.toLowerCase() === near) ??
    modern(value, all)
  );
}

/** What `Intl` calls an older name today, e.g. `America/New_York` for `US/Eastern`. */
function modern(value: string, all: readonly string[]): string | undefined {
  try {
    const { timeZone } = new Intl.DateTimeFormat("en", { timeZone: value }).resolvedOptions();
    return all.find((name) => name === timeZone);
  } catch {
    return undefined;
  }
}
