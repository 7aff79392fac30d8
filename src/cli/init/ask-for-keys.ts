import { visible } from "../../diagnostics/visible.ts";
import { defaultAnswers } from "../../init/answers.ts";
import { wordsOf } from "../../init/question.ts";
import { judge } from "../../load/judge-answers.ts";
import { readKeys } from "../../load/read-key-files.ts";
import type { World } from "../../load/world.ts";
import { fileFromSettings } from "../../settings/file-from-settings.ts";
import type { Streams } from "../shared/streams.ts";
import type { Terminal } from "../shared/terminal.ts";
import type { KeyFile } from "./own-keys.ts";
import { prose } from "./prose.ts";

/** Asks which public keys may log in, and repeats the question until `check` accepts at least one. */
export async function askForKeys(
  found: readonly KeyFile[],
  terminal: Terminal,
  world: World,
  streams: Streams,
): Promise<readonly string[]> {
  streams.say(prose(introduction(found), streams));
  const preset = found.map((_, index) => index + 1).join(" ") || undefined;
  for (;;) {
    const text = await terminal.ask({
      message: "Keys",
      preset,
      complain: async (text) => {
        const keys = await chosenKeys(text, found, world);
        const [problem] = typeof keys === "string" ? [{ message: keys }] : await judge(defaultAnswers(keys));
        return problem && visible(problem.message);
      },
    });
    // There is no question before this one.
    if (text === undefined) continue;
    const keys = await chosenKeys(text, found, world);
    if (typeof keys !== "string") return keys;
  }
}

function introduction(found: readonly KeyFile[]): string {
  if (found.length === 0)
    return `
There is no SSH public key in ~/.ssh (\`ssh-keygen -t ed25519\` creates one). Which key may log in to the sensor? Enter its file name, or paste the whole line.`;
  const list = found.map(
    ({ name, lines }, index) => `  ${index + 1}  ${name}  ${lines.map(nameOf).join(", ")}\n`,
  );
  return `
Which of your ssh public keys may log in to the sensor?
${list.join("")}Enter numbers with spaces between them, or another key: its file name or the whole line.`;
}

// The lines, or why they cannot be used.
async function chosenKeys(
  text: string,
  found: readonly KeyFile[],
  world: World,
): Promise<readonly string[] | string> {
  if (/^[\d\s,]+$/.test(text)) {
    const numbers = wordsOf(text);
    const unknown = numbers.length === 0 ? text : numbers.find((number) => !found[Number(number) - 1]);
    if (unknown !== undefined) return `the list has no key ${unknown}`;
    return numbers.flatMap((number) => found[Number(number) - 1]?.lines ?? []);
  }
  if (/^\S+\s+AAAA/.test(text)) return [text];
  const { lines, problem } = await readKeys(fileFromSettings(text, "./sensors.yaml", world.home), world);
  return problem === undefined ? lines : `this key file cannot be used: ${problem.message}`;
}

// A key's type and comment.
function nameOf(line: string): string {
  const [kind = "", , ...comment] = line.split(" ");
  return visible([kind, ...comment].join(" "));
}
