import { examples, tables } from "sensorbake:release";
import type { Example } from "./protocol.ts";

/** The examples of the package, without their first lines for other editors. */
export function allExamples(): readonly Example[] {
  return examples.map(({ name, text }) => {
    const own = text.replace(/^# yaml-language-server:.*\n/, "");
    const named = tables.filter((table) => own.includes(table.name));
    return {
      name,
      about: /^# (.*)/.exec(own)?.[1] ?? name,
      text: own,
      files: new Map(named.map((table) => [table.name, new TextEncoder().encode(table.text)])),
    };
  });
}
