import type { Artifact } from "../artifacts/artifact.ts";
import { dashboard } from "./dashboard.ts";
import { alertRules } from "./rules.ts";
import type { ScrapeTarget } from "./targets.ts";

/** The files of `sensorbake monitoring`. */
export function monitoringFiles(targets: readonly ScrapeTarget[]): readonly Artifact[] {
  return [
    { path: "dashboard.json", content: json(dashboard()) },
    { path: "rules.yml", content: alertRules() },
    { path: "targets.json", content: json(targets) },
  ].map((file) => ({ ...file, mode: 0o644 }));
}

function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
