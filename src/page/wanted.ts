import type { Plan } from "../plan/plan.ts";
import { factsOf, secretsOf } from "../plan/secrets.ts";
import { fileFromSettings } from "../settings/file-from-settings.ts";
import { nameOf, settingsFile } from "./given-world.ts";
import type { Wanted } from "./protocol.ts";

/** What the settings name outside their text: `files` (tables and key files), and the secrets of one sensor. */
export function wantedBy(plan: Plan | undefined, files: readonly string[]): readonly Wanted[] {
  const secrets = (plan === undefined ? [] : secretsOf(plan)).flatMap(
    ({ name: setting, secret }): Wanted[] => {
      const { isMultiLine = false, isPublic = false } = factsOf(setting);
      const facts = { isSecret: !isPublic, isMultiLine };
      if (secret.kind === "literal") return [];
      if (secret.kind === "env") return [{ kind: "variable", name: secret.name, ...facts }];
      return [{ kind: "file", name: nameOf(fileFromSettings(secret.file, settingsFile, "~")), ...facts }];
    },
  );
  const open = files.map((name): Wanted => ({ kind: "file", name, isSecret: false, isMultiLine: true }));
  return [...open, ...secrets];
}
