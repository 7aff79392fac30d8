import type { Source } from "../../diagnostics/source.ts";
import { loadSettings, type SensorPlan } from "../../load/load.ts";
import type { TargetName } from "../../values/target-names.ts";
import { UsageError } from "./exit.ts";
import { openSettings, type SettingsOptions } from "./open-settings.ts";
import { processWorld } from "./process-world.ts";
import { someNames } from "./some-names.ts";
import type { Streams } from "./streams.ts";

/** The part of a settings file that a command works on. */
export type Choice = SettingsOptions & {
  readonly settings: string;
  readonly target: TargetName;
  readonly all: boolean;
};

export type Chosen = { readonly sensors: readonly SensorPlan[]; readonly source: Source };

/**
 * Loads the settings and returns the sensors of the target: the named ones, all of them, or the only one.
 * Throws `UsageError` if that selects no sensor.
 */
export async function chooseSensors(choice: Choice, streams: Streams): Promise<Chosen> {
  const { settings, target, all, format = "text" } = choice;
  if (all && choice.sensor !== undefined) throw new UsageError("--all and --sensor cannot be combined");
  const sensor = all ? undefined : (choice.sensor ?? (await onlyOne(choice)));
  const { sensors, source } = await openSettings(
    settings,
    { sensor, format },
    { readSecrets: true, secretsFor: target },
    streams,
  );
  const others = sensors.flatMap(({ plan }) => (plan.target === target ? [] : [plan.name]));
  if (sensor !== undefined && others.length > 0)
    throw new UsageError(
      `${others.join(", ")}: another target than ${target}`,
      "`sensorbake build` writes the files for the others",
    );
  const chosen = sensors.filter(({ plan }) => plan.target === target);
  if (chosen.length === 0)
    throw new UsageError(
      `${settings} has no sensor with target: ${target}`,
      "`sensorbake build` writes the files for the others",
    );
  return { sensors: chosen, source };
}

// The choice comes before the secrets are read. Problems in the settings are reported when they are read again.
async function onlyOne({ settings, target }: Choice): Promise<readonly string[] | undefined> {
  const { sensors } = await loadSettings(settings, processWorld(), { readSecrets: false });
  const names = sensors
    .map(({ plan }) => plan)
    .flatMap((plan) => (plan.target === target ? [plan.name] : []));
  if (names.length > 1)
    throw new UsageError(
      `${settings} has ${names.length} sensors with target: ${target}`,
      `choose with --sensor (${someNames(names)}), or --all`,
    );
  return names.length === 0 ? undefined : names;
}
