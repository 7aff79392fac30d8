import { z } from "zod";
import { builtIn } from "./defaults.ts";
import { settingsGrammar } from "./grammar.ts";
import { leafFacts } from "./leaf.ts";
import { valueAt } from "./value-at.ts";

/** The JSON Schema of the settings file (draft 2020-12), for editors: what `sensorbake schema` prints. */
export function settingsSchema(): object {
  const schema = z.toJSONSchema(settingsGrammar(), {
    io: "input",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema, path }) => {
      const facts = leafFacts.get(zodSchema);
      if (facts === undefined) return;
      const { description, examples, schema: keywords } = facts;
      Object.assign(jsonSchema, keywords, { description }, examples && { examples });
      const value = valueAt(builtIn, settingOf(path));
      if (value !== undefined && !isGroup(jsonSchema)) Object.assign(jsonSchema, { default: value });
    },
  });
  return { ...schema, title: "Settings of sensorbake" };
}

/** The setting that a path of the JSON Schema means: `properties.defaults.properties.os` is `os`. */
function settingOf(path: readonly (string | number)[]): readonly string[] {
  const keys = path.map(String).filter((part, index) => index % 2 === 1 || part === "items");
  return path[1] === "defaults"
    ? keys.slice(1)
    : path.slice(0, 3).join() === "properties,sensors,items"
      ? path
          .slice(3)
          .map(String)
          .filter((_, index) => index % 2 === 1)
      : [];
}

function isGroup(jsonSchema: object): boolean {
  return "properties" in jsonSchema;
}
