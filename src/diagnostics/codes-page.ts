import { codes } from "./codes.ts";

/** docs/diagnostics.md: every problem that can be reported. */
export function codesPage(): string {
  return [
    "# Diagnostics",
    "",
    "This page is generated from the program (`npm test -- docs --update`). `sensorbake check` ends the first line of each problem with its code, and a hint below says what to do. A warning does not stop `build`, except with `--strict`.",
    "",
    "| code | severity | meaning |",
    "|---|---|---|",
    ...Object.entries(codes).map(
      ([code, { severity, summary }]) => `| \`${code}\` | ${severity} | ${summary} |`,
    ),
    "",
  ].join("\n");
}
