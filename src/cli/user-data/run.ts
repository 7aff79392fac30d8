import { compile } from "../../artifacts/compile.ts";
import { exitCode } from "../../diagnostics/exit-code.ts";
import { loadSettings } from "../../load/load.ts";
import { readRelease } from "../../load/read-release.ts";
import type { Context } from "../shared/context.ts";
import { exitCodes, UsageError } from "../shared/exit.ts";
import { processWorld } from "../shared/process-world.ts";
import { tellProblems } from "../shared/report.ts";
import { tooLarge } from "../shared/size-problems.ts";
import type { UserDataOptions } from "./options.ts";

/** Prints what the sensor's target is handed; refuses to print bytes on a terminal. */
export async function printUserData(
  file: string,
  { sensor: only, seedOnly }: UserDataOptions,
  { streams }: Context,
): Promise<number> {
  const loaded = await loadSettings(file, processWorld(), { readSecrets: true, only });
  tellProblems(loaded.diagnostics, loaded.source, streams);
  const exit = exitCode(loaded.diagnostics, { strict: false });
  if (exit !== exitCodes.fine) return exit;
  const release = await readRelease();
  for (const sensor of loaded.sensors) {
    const compiled = compile(sensor.plan, sensor.secrets, release, seedOnly ? "seed" : undefined);
    if ("contributors" in compiled) {
      tellProblems([tooLarge(sensor, compiled)], loaded.source, streams);
      return exitCodes.settings;
    }
    const { form, handed } = compiled.userData;
    if (form === "archive")
      throw new UsageError(
        `${sensor.plan.name} has no user-data: ${sensor.plan.os} takes several files on the boot partition`,
        "`sensorbake build` writes them, `sensorbake image` puts them into an image",
      );
    if (typeof handed !== "string" && streams.resultIsTerminal)
      throw new UsageError(
        `${sensor.plan.target} takes compressed bytes, which a terminal cannot show`,
        "redirect them to a file: > user-data.gz",
      );
    streams.result(handed);
  }
  return exitCodes.fine;
}
