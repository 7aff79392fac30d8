import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import { exitCode } from "../../diagnostics/exit-code.ts";
import type { Source } from "../../diagnostics/source.ts";
import { loadSettings, type SensorPlan } from "../../load/load.ts";
import type { TargetName } from "../../values/target-names.ts";
import { exitCodes, UsageError } from "./exit.ts";
import { processWorld } from "./process-world.ts";
import { tellProblems } from "./report.ts";
import type { Streams } from "./streams.ts";

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
export async function chooseSensors(choice: Choice, streams: Streams): Promise<Chosen | undefined> {
  const { settings, target, all } = choice;
  if (all && choice.sensor !== undefined) throw new UsageError("--all and --sensor exclude each other");
  const sensor = all ? undefined : (choice.sensor ?? (await onlyOne(choice)));
  const only = sensor === undefined ? {} : { only: sensor };
  const loaded = await loadSettings(settings, processWorld(), {
    readSecrets: true,
    secretsFor: target,
    ...only,
  });
  tellProblems(loaded.diagnostics, loaded.source, streams);
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
  return { sensors, source: loaded.source };
}

// Which one it is is asked before its secrets are. What is wrong with the settings is told when they are read again.
async function onlyOne({ settings, target }: Choice): Promise<string | undefined> {
  const { sensors } = await loadSettings(settings, processWorld(), { readSecrets: false });
  const names = sensors
    .map(({ plan }) => plan)
    .flatMap((plan) => (plan.target === target ? [plan.name] : []));
  if (names.length > 1)
    throw new UsageError(
      `${settings} has ${names.length} sensors with target: ${target}`,
      `say which one with --sensor (${names.slice(0, 5).join(", ")}${names.length > 5 ? ", ..." : ""}), or --all`,
    );
  return names[0];
}

/** Reports sensors that cannot be built, as the settings' problems. */
export function reportProblems(
  problems: readonly Diagnostic[],
  { source }: Chosen,
  streams: Streams,
): number {
  tellProblems(problems, source, streams);
  return exitCodes.settings;
}
