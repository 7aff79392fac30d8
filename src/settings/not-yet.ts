import { type Diagnostic, diagnose, type Path } from "../diagnostics/diagnostic.ts";
import type { WrittenDefaults, WrittenSettings } from "./grammar.ts";
import { placeOfKey } from "./locate.ts";
import type { Tree } from "./read-tree.ts";
import { valueAt } from "./value-at.ts";

/** Settings whose feature does not exist yet, and what it will be. The issue that builds it deletes its line. */
const keys: Readonly<Record<string, string>> = {
  "dshield.updates": "updating DShield",
};

/** Refuses, where it is written, every setting that would have no effect. */
export function checkNotYet(written: WrittenSettings, tree: Tree): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  const check = (settings: WrittenDefaults, at: Path) => {
    for (const [dotted, what] of Object.entries(keys)) {
      const path = dotted.split(".");
      if (valueAt(settings, path) !== undefined) diagnostics.push(refuse([...at, ...path], what));
    }
  };
  const refuse = (path: Path, what: string) =>
    diagnose("settings/not-yet", placeOfKey(tree.root, path), sentence(what));

  if (written.defaults) check(written.defaults, ["defaults"]);
  for (const [index, sensor] of written.sensors.entries()) check(sensor, ["sensors", index]);
  return diagnostics;
}

function sentence(what: string) {
  return { message: `this version does not do this yet: ${what}`, hint: "leave it out for now" };
}

/** What a setting waits for, by its path; `undefined` when it has an effect today. */
export function whatComesLater(path: readonly string[]): string | undefined {
  return Object.entries(keys).find(
    ([dotted]) => path.join(".") === dotted || path.join(".").startsWith(`${dotted}.`),
  )?.[1];
}
