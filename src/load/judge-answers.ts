import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import type { Answers } from "../init/answers.ts";
import type { Question, Taken } from "../init/question.ts";
import { settingsText } from "../init/settings-text.ts";
import { loadSettings } from "./load.ts";
import { oneFileWorld } from "./one-file-world.ts";
import type { World } from "./world.ts";

/** The errors that `check` would find in the settings file of these answers. */
export async function judge(answers: Answers): Promise<readonly Diagnostic[]> {
  return errorsIn(file, oneFileWorld(settingsText(answers)));
}

/** The errors that `check` finds in a settings file, apart from its secrets. */
export async function errorsIn(settingsFile: string, world: World): Promise<readonly Diagnostic[]> {
  const { diagnostics } = await loadSettings(settingsFile, world, { readSecrets: false });
  return diagnostics.filter(({ severity }) => severity === "error");
}

/** The answers with this one, or why it is invalid: `check` itself validates it. */
export async function takeAnswer(question: Question, text: string, answers: Answers): Promise<Taken> {
  const taken = question.take(text, answers);
  if (taken.kind === "refused") return taken;
  const [complaint] = await judge(withPlaceholders(taken.answers));
  return complaint === undefined ? taken : { kind: "refused", complaint };
}

// For what the next questions ask, so that no answer is blamed for a missing one.
function withPlaceholders(answers: Answers): Answers {
  const { sensors, dshield, transfer, siem, notify } = answers;
  const { mail } = notify;
  return {
    ...answers,
    sensors: sensors.map((sensor) => ({
      ...sensor,
      wifi: sensor.wifi && { ...sensor.wifi, country: sensor.wifi.country ?? "US" },
    })),
    dshield: dshield && { email: dshield.email ?? anyMail, userId: dshield.userId ?? 1 },
    transfer: transfer && {
      ...transfer,
      user: transfer.user ?? "sensor",
      path: transfer.path ?? "/",
      hostKey: transfer.hostKey ?? anyKey,
      privateKey: transfer.privateKey ?? "sensor",
    },
    siem: siem && { ...siem, ca: siem.ca ?? "plaintext" },
    notify: {
      ...notify,
      mail: mail && {
        ...mail,
        to: mail.to.length === 0 ? [anyMail] : mail.to,
        from: mail.from ?? anyMail,
      },
    },
  };
}

const anyMail = "analyst@example.org";
const anyKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEClcDqgb0CSq0iKnZyXIBdCRuGIEnwclPkFlSQUDscy";
const file = "/sensors.yaml";
