import type { Code } from "../diagnostics/codes.ts";
import { type Diagnostic, diagnose, type Place } from "../diagnostics/diagnostic.ts";
import { firstOf } from "../diagnostics/first-of.ts";
import { inOrder } from "../diagnostics/in-order.ts";
import { nearest } from "../diagnostics/nearest.ts";
import type { Source } from "../diagnostics/source.ts";
import { quoted } from "../diagnostics/visible.ts";
import type { Plan } from "../plan/plan.ts";
import { appendLists } from "../settings/append-lists.ts";
import { checkGrammar } from "../settings/check-grammar.ts";
import { checkNames } from "../settings/check-names.ts";
import { checkSizes } from "../settings/check-sizes.ts";
import type { Deprecation } from "../settings/deprecated.ts";
import type { WrittenSettings } from "../settings/grammar.ts";
import { maskSecrets } from "../settings/mask.ts";
import type { Origin } from "../settings/origin.ts";
import type { TargetName } from "../values/target-names.ts";
import { planSensors } from "./plan-sensors.ts";
import { readEntries } from "./read-entries.ts";
import { readSource } from "./read-source.ts";
import type { World } from "./world.ts";

/**
 * A loaded settings file. `sensors` is empty if any diagnostic is an error, because nothing can be built from invalid
 * settings.
 */
export type Loaded = {
  readonly source: Source;
  readonly sensors: readonly SensorPlan[];
  readonly diagnostics: readonly Diagnostic[];
};

/** One sensor: its plan, and the values of the requested secrets by dotted path (`backup.password`). */
export type SensorPlan = {
  readonly plan: Plan;
  readonly secrets: ReadonlyMap<string, string>;
  /** The place to report for a setting of this sensor. */
  readonly placeOf: Origin["placeOf"];
};

/**
 * `readSecrets`: all, none, or those of these settings (`transfer.private_key`). `secretsFor`: only for sensors with this
 * target. `only`: skips the entries of all other sensors if possible, and their rules and secrets. `tolerate`: problems
 * that the caller reports itself. `deprecations`: another table of deprecated settings, for tests.
 */
export type LoadOptions = {
  readonly readSecrets: boolean | readonly string[];
  readonly secretsFor?: TargetName;
  readonly only?: readonly string[];
  readonly tolerate?: readonly Code[];
  readonly deprecations?: readonly Deprecation[];
};

/**
 * Reads, checks and plans a settings file. Every problem is a diagnostic, even an unreadable file; an exception is a
 * bug. A failed stage stops the next one so that problems do not cascade: text before grammar, grammar before rules.
 */
export async function loadSettings(file: string, world: World, options: LoadOptions): Promise<Loaded> {
  const { source: text, diagnostics: unreadable } = await readSource(file, world);
  if (unreadable.length > 0)
    return { source: maskSecrets(text, null, false), sensors: [], diagnostics: unreadable };

  const {
    source,
    tree: complete,
    diagnostics: malformed,
    deprecated,
    inFile: ofEntry,
  } = await readEntries(text, world, options.only, options.deprecations);
  const stop = (diagnostics: readonly Diagnostic[]): Loaded => ({
    source,
    sensors: [],
    diagnostics: inOrder([...deprecated, ...diagnostics.map(ofEntry)]),
  });
  if (malformed.length > 0) return stop(malformed);

  const oversized = checkSizes(complete);
  if (oversized.length > 0) return stop(oversized);
  const { tree, diagnostics: unappended, inFile: ofList } = appendLists(complete);
  if (unappended.length > 0) return stop(unappended);

  const { written, diagnostics: ungrammatical } = checkGrammar(tree);
  if (written === undefined) return stop([...ungrammatical, ...checkNames(tree, source)].map(ofList));

  const problems = [...checkNames(tree, source), ...checkOnly(written, options.only)];
  const { sensors, diagnostics } = await planSensors(written, tree, file, world, options);
  const inFile = <Placed extends Place>(placed: Placed) => ofEntry(ofList(placed));
  const all = inOrder([...deprecated, ...[...problems, ...diagnostics].map(inFile)]).filter(
    ({ code }) => !options.tolerate?.includes(code),
  );
  return {
    source,
    sensors: all.some(({ severity }) => severity === "error")
      ? []
      : sensors.map((sensor) => ({ ...sensor, placeOf: (path) => inFile(sensor.placeOf(path)) })),
    diagnostics: all,
  };
}

function checkOnly({ sensors }: WrittenSettings, only: readonly string[] = []): readonly Diagnostic[] {
  const names = new Set(sensors.map(({ name }) => name));
  return only
    .filter((name) => !names.has(name))
    .map((name) => {
      const suggestion = nearest(name, names);
      const list = firstOf([...names], 8);
      return diagnose(
        "settings/unknown-sensor",
        { path: ["sensors"] },
        {
          message: `no sensor is named ${quoted(name)}`,
          hint: suggestion === undefined ? `the sensors are ${list}` : `did you mean ${suggestion}?`,
        },
      );
    });
}
