import * as z from "zod/mini";

// `honeypot-status` prints nothing else, so that it is safe on a terminal.
const text = z.string().check(z.maxLength(1000), z.regex(/^[\x20-\x7e]*$/));
const count = z.int().check(z.minimum(0), z.maximum(1e12));

const facts = z.object({
  version: z.optional(z.string().check(z.regex(/^[0-9A-Za-z.+-]{1,40}$/))),
  settings_digest: z.optional(z.string().check(z.regex(/^[0-9a-f]{32}$/))),
  days: z.optional(count),
  disk_percent: z.optional(count),
  capture_bytes_per_day: z.optional(count),
  downloads: z.optional(count),
  files_changed: z.optional(count),
});

const check = z.object({
  name: text,
  status: z.enum(["good", "note", "waiting", "bad"]),
  message: text,
  next: text,
  age: z.optional(count),
});

const report = z.object({
  schema: z.literal(1),
  sensor: text,
  healthy: z.boolean(),
  facts,
  checks: z.array(check).check(z.maxLength(500)),
});

/** The answer of `honeypot-status --json`; docs/status.md describes its keys. */
export type SensorReport = z.output<typeof report>;

/** The facts by which sensors are compared. */
export type SensorFacts = SensorReport["facts"];

/** Parses a sensor's answer, which an attacker may have written; `undefined` if it is not of this format. */
export function parseReport(answer: string): SensorReport | undefined {
  try {
    return report.safeParse(JSON.parse(answer)).data;
  } catch {
    return undefined;
  }
}
