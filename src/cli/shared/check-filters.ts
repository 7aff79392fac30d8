import { type Diagnostic, diagnose } from "../../diagnostics/diagnostic.ts";
import type { SensorPlan } from "../../load/load.ts";

/** Returns tcpdump's complaint about a capture filter; `undefined` if it compiles or tcpdump is missing. */
export type CompileFilter = (filter: string) => Promise<string | undefined>;

/**
 * Compiles each distinct capture filter with this machine's tcpdump. The result depends on the machine, so this is not
 * part of loading: the same settings file loads alike everywhere.
 */
export async function filterProblems(
  sensors: readonly SensorPlan[],
  compileFilter: CompileFilter = compileWithTcpdump,
): Promise<readonly Diagnostic[]> {
  const complaints = new Map<string, string | undefined>();
  const diagnostics: Diagnostic[] = [];
  for (const { plan, placeOf } of sensors) {
    const { filter } = plan.capture;
    if (filter === "") continue;
    if (!complaints.has(filter)) complaints.set(filter, await compileFilter(filter));
    const complaint = complaints.get(filter);
    if (complaint !== undefined)
      diagnostics.push(
        diagnose("capture/filter", placeOf(["capture", "filter"]), {
          message: `tcpdump refuses this filter: ${complaint}`,
          hint: "see `man pcap-filter` for the syntax",
        }),
      );
  }
  return diagnostics;
}

// `-d` prints the compiled filter and opens no device; `-y` names the link type, so that no device is looked for.
async function compileWithTcpdump(filter: string): Promise<string | undefined> {
  const { execFile } = await import("node:child_process");
  const options = {
    env: { ...process.env, PATH: `${process.env.PATH ?? ""}:/usr/sbin:/sbin` },
    timeout: 10_000,
  };
  return new Promise((resolve) => {
    execFile("tcpdump", ["-d", "-y", "EN10MB", "--", filter], options, (error, _, stderr) => {
      // Absent or too slow: the sensor checks the filter again.
      if (error === null || error.code === "ENOENT" || error.killed === true) resolve(undefined);
      else
        resolve(
          stderr
            .trim()
            .split("\n")
            .at(-1)
            ?.replace(/^tcpdump: /, "") ?? "it does not compile",
        );
    });
  });
}
