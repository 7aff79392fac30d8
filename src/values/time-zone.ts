import type { Complaint } from "../diagnostics/diagnostic.ts";
import { nearest } from "../diagnostics/nearest.ts";
import { quoted } from "../diagnostics/visible.ts";
import { yamlWord } from "../diagnostics/yaml-word.ts";
import { formerNames } from "./time-zone-links.ts";
import { placesByRegion } from "./time-zone-names.ts";

/** A name that every supported system's tz database has: a place like `Europe/Berlin`, or `UTC` and `Etc/GMT+5`. */
export function complainOfTimeZone(value: string): Complaint | undefined {
  if (isTimeZone(value)) return undefined;
  const suggestion = suggest(value);
  return {
    message: `${quoted(value)} is not a time zone on every supported system`,
    ...(suggestion === undefined
      ? { hint: "write it like Etc/UTC or Europe/Berlin" }
      : { hint: `did you mean ${suggestion}?`, fix: yamlWord(suggestion) }),
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

const suggestions = new Map<string, string | undefined>();

/** Cached, because a thousand sensors may share one mistake. */
function suggest(value: string): string | undefined {
  if (!suggestions.has(value)) suggestions.set(value, search(value));
  return suggestions.get(value);
}

function search(value: string): string | undefined {
  const written = value.replaceAll(" ", "_").toLowerCase();
  const former = todayName(written);
  if (former !== undefined) return former;
  const offset = /^(?:utc|gmt)([+-])0?(\d{1,2})(?::?00)?$/.exec(written);
  if (offset !== null) return withOffset(offset[1] === "+" ? "-" : "+", Number(offset[2]));
  names ??= namesInLowerCase();
  const lower = [...names.keys()];
  const found = names.has(written)
    ? written
    : (lower.find((name) => name.endsWith(`/${written}`)) ?? nearest(written, lower));
  return found === undefined ? undefined : names.get(found);
}

let names: ReadonlyMap<string, string> | undefined;

function namesInLowerCase(): ReadonlyMap<string, string> {
  const regions = Object.keys(placesByRegion);
  const all = [
    "UTC",
    "Etc/UTC",
    ...regions.flatMap((region) => placesOf(region).map((place) => `${region}/${place}`)),
  ];
  return new Map(all.map((name) => [name.toLowerCase(), name]));
}

// The current name for a former one, e.g. `America/New_York` for `US/Eastern`.
function todayName(written: string): string | undefined {
  const found = Object.entries(formerNames).find(([, names]) =>
    names.toLowerCase().split(" ").includes(written),
  );
  return found?.[0];
}

// POSIX counts westward: two hours behind UTC is `Etc/GMT+2`.
function withOffset(sign: "+" | "-", hours: number): string | undefined {
  const name = hours === 0 ? "Etc/UTC" : `Etc/GMT${sign}${hours}`;
  return isTimeZone(name) ? name : undefined;
}
