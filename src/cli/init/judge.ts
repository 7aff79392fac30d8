import type { Diagnostic } from "../../diagnostics/diagnostic.ts";
import type { Answers } from "../../init/answers.ts";
import { settingsText } from "../../init/settings-text.ts";
import { loadSettings } from "../../load/load.ts";
import { oneFileWorld } from "../../load/one-file-world.ts";

/** The errors that `check` would find in the settings file of these answers. */
export async function judge(answers: Answers): Promise<readonly Diagnostic[]> {
  const { diagnostics } = await loadSettings(file, oneFileWorld(settingsText(answers)), {
    readSecrets: false,
  });
  return diagnostics.filter(({ severity }) => severity === "error");
}

const file = "/sensors.yaml";
