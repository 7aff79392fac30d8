import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { Answers } from "../../init/answers.ts";
import { settingsText } from "../../init/settings-text.ts";
import { loadSettings } from "../../load/load.ts";
import type { World } from "../../load/world.ts";

/** The errors that `check` would find in the settings file of these answers. */
export async function judge(answers: Answers): Promise<readonly Diagnostic[]> {
  const { diagnostics } = await loadSettings(file, worldOf(settingsText(answers)), { readSecrets: false });
  return diagnostics.filter(({ severity }) => severity === "error");
}

const file = "/sensors.yaml";

// A world with only this file: secrets are not read, and keys are written in the settings.
function worldOf(text: string): World {
  const content = new TextEncoder().encode(text);
  return {
    readFile: async () => content,
    stat: async () => ({ mode: 0o600, size: content.byteLength, isFile: true }),
    environment: () => undefined,
    home: "/",
  };
}
