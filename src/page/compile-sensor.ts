import { release } from "sensorbake:release";
import { compile, handedFile } from "../artifacts/compile.ts";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { pathText } from "../diagnostics/path-text.ts";
import { positionAt, type Source } from "../diagnostics/source.ts";
import { explain } from "../explain/explain.ts";
import { article } from "../explain/render-html.ts";
import { type Loaded, loadSettings, type SensorPlan } from "../load/load.ts";
import { secretReader } from "../load/read-secrets.ts";
import { tooLargeProblems } from "../load/too-large.ts";
import type { World } from "../load/world.ts";
import { secretsOf } from "../plan/secrets.ts";
import { targets } from "../plan/targets.ts";
import { givenWorld, settingsFile } from "./given-world.ts";
import type { Answer, Folder, Problem, Request } from "./protocol.ts";
import { wantedBy } from "./wanted.ts";

/** Checks the settings, then compiles and explains the chosen sensor. Each answer comes as soon as it is known. */
export async function* compileSensor({ id, text, given, sensor }: Request): AsyncGenerator<Answer> {
  const { world, askedFiles } = givenWorld(text, given);
  const loaded = await loadSettings(settingsFile, world, { readSecrets: false });
  const named = loaded.sensors.find(({ plan }) => plan.name === sensor) ?? loaded.sensors[0];
  const files = [...askedFiles];
  const { chosen, problems: unusable } = await withSecrets(named, world);
  const problems = [...loaded.diagnostics, ...unusable];
  const checked = {
    kind: "checked",
    id,
    sensors: loaded.sensors.map(({ plan }) => plan.name),
    sensor: chosen?.plan.name,
    wanted: wantedBy(chosen?.plan, files),
    // A text that is too large was not searched.
    hasSecret: loaded.source.masked.length > 0 || !loaded.source.text.startsWith(text),
  } as const;
  yield { ...checked, problems: problemsOf(problems, loaded.source) };
  if (chosen === undefined) return;

  const { folder, tooLarge } = folderOf(chosen);
  yield { kind: "compiled", id, folder };
  if (tooLarge.length > 0)
    yield { ...checked, problems: problemsOf([...problems, ...tooLarge], loaded.source) };
  yield { kind: "explained", id, markup: article(explain(chosen.plan, release)).text };
}

// Only the shown sensor needs its secrets. The page asks for the missing ones itself.
async function withSecrets(
  named: SensorPlan | undefined,
  world: World,
): Promise<{ readonly chosen: SensorPlan | undefined; readonly problems: readonly Diagnostic[] }> {
  if (named === undefined) return { chosen: undefined, problems: [] };
  const { secrets, diagnostics } = await secretReader(settingsFile, world)(named.plan, named);
  const problems = diagnostics.filter(({ code }) => code !== "secret/missing");
  return { chosen: { ...named, secrets }, problems };
}

function folderOf(sensor: SensorPlan): { folder: Folder; tooLarge: readonly Diagnostic[] } {
  const { plan, secrets } = sensor;
  const missing = secretsOf(plan).flatMap(({ name }) => (secrets.has(name) ? [] : [name]));
  const none = {
    sensor: plan.name,
    missing,
    files: [],
    handed: undefined,
    bootFiles: [],
    hasVolume: plan.target === "nocloud",
  };
  if (missing.length > 0) return { folder: none, tooLarge: [] };
  const compiled = compile(plan, secrets, release);
  if (compiled.kind === "too-large")
    return { folder: none, tooLarge: tooLargeProblems([{ sensor, size: compiled }]) };
  const { artifacts, bootFiles, userData } = compiled;
  const handed = bootFiles === undefined ? handedFile(userData, targets[plan.target]) : undefined;
  return {
    folder: { ...none, files: artifacts, handed, bootFiles: bootFiles?.files.map(({ path }) => path) ?? [] },
    tooLarge: [],
  };
}

function problemsOf(diagnostics: Loaded["diagnostics"], source: Source): readonly Problem[] {
  return diagnostics.map(({ severity, code, message, hint, fix, path, range }) => {
    const place = range && positionAt(source, range.start);
    const isInText = place?.file === settingsFile;
    const file = place === undefined || isInText ? "" : `${place.file}, `;
    return {
      severity,
      code,
      message,
      hint,
      fix: isInText ? fix : undefined,
      where: place === undefined ? pathText(path) : `${file}line ${place.line}`,
      range: range && isInText ? { from: range.start, to: range.end } : undefined,
    };
  });
}
