import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { exitCode } from "../diagnostics/exit-code.ts";
import type { TargetName } from "../plan/targets.ts";
import { loadSettings, type SensorPlan } from "../settings/load.ts";
import type { Source } from "../settings/source.ts";
import { exitCodes, UsageError } from "./end.ts";
import { processOutside } from "./outside.ts";
import { tellProblems } from "./report.ts";
import type { Talk } from "./talk.ts";

/** What of a settings file a command works on. */
export type Choice = {
  readonly settings: string;
  readonly target: TargetName;
  readonly sensor?: string | undefined;
  readonly all: boolean;
};

export type Chosen = { readonly sensors: readonly SensorPlan[]; readonly source: Source };

/**
 * Loads the settings and gives the sensors of the target: the one that is named, all of them, or the only one there
 * is. `undefined`: the settings have errors, which have been reported. Throws `UsageError` when the choice is none.
 */
export async function chooseSensors(choice: Choice, talk: Talk): Promise<Chosen | undefined> {
  const { settings, target, sensor, all } = choice;
  if (all && sensor !== undefined) throw new UsageError("--all and --sensor exclude each other");
  const only = sensor === undefined ? {} : { only: sensor };
  const loaded = await loadSettings(settings, processOutside(), {
    readSecrets: true,
    secretsFor: target,
    ...only,
  });
  tellProblems(loaded.diagnostics, loaded.source, talk);
  if (exitCode(loaded.diagnostics, { strict: false }) !== exitCodes.fine) return undefined;

  const sensors = loaded.sensors.filter(
    ({ plan }) => plan.target === target && (sensor === undefined || plan.name === sensor),
  );
  const names = sensors.map(({ plan }) => plan.name);
  if (names.length === 0)
    throw new UsageError(
      sensor === undefined
        ? `${settings} has no sensor with target: ${target}`
        : `${sensor} has another target than ${target}`,
      "`sensorbake build` writes the files for the others",
    );
  if (names.length > 1 && !all)
    throw new UsageError(
      `${settings} has ${names.length} sensors with target: ${target}`,
      `say which one with --sensor (${names.slice(0, 5).join(", ")}${names.length > 5 ? ", ..." : ""}), or --all`,
    );
  return { sensors, source: loaded.source };
}

/** Reports sensors that cannot be built, as the settings' problems. */
export function reportProblems(problems: readonly Diagnostic[], { source }: Chosen, talk: Talk): number {
  tellProblems(problems, source, talk);
  return exitCodes.settings;
}
