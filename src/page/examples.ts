import { examples, tables } from "sensorbake:release";
import { defaultAnswers } from "../init/answers.ts";
import { settingsText } from "../init/settings-text.ts";
import type { Example } from "./protocol.ts";

/** A new file and the examples of the package, without their first lines for other editors. */
export function allExamples(): readonly Example[] {
  const own = { name: "new", about: "A new file with comments, as `init` writes it.", files: new Map() };
  return [{ ...own, text: withoutModeline(settingsText(defaultAnswers([]))) }, ...packaged()];
}

function packaged(): readonly Example[] {
  return examples.map(({ name, text }) => {
    const own = withoutModeline(text);
    const named = tables.filter((table) => own.includes(table.name));
    return {
      name,
      about: /^# (.*)/.exec(own)?.[1] ?? name,
      text: own,
      files: new Map(named.map((table) => [table.name, new TextEncoder().encode(table.text)])),
    };
  });
}

function withoutModeline(text: string): string {
  return text.replace(/^# yaml-language-server:.*\n/, "");
}
