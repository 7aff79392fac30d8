import * as z from "zod/mini";
import { defaultOf } from "./default-of.ts";
import { settingsGrammar } from "./grammar.ts";
import { leafFacts } from "./leaf.ts";

/** The JSON Schema of the settings file (draft 2020-12), which `sensorbake schema` prints for editors. */
export function settingsSchema(): object {
  const schema = z.toJSONSchema(settingsGrammar(), {
    io: "input",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema, path }) => {
      const facts = leafFacts.get(zodSchema);
      if (facts === undefined) return;
      const { description, examples, schema: keywords } = facts;
      Object.assign(jsonSchema, keywords, { description }, examples && { examples });
      const setting = settingOf(path);
      const value = setting && defaultOf(setting);
      if (value !== undefined && !("properties" in jsonSchema)) Object.assign(jsonSchema, { default: value });
    },
  });
  return { ...schema, title: "Settings of sensorbake" };
}

/** The setting at a path of the JSON Schema: `properties, defaults, properties, os` is `os`. */
function settingOf(path: readonly (string | number)[]): readonly string[] | undefined {
  const [, part, ...rest] = path.map(String);
  const inSensor = part === "sensors" ? rest.slice(1) : rest;
  const isSetting =
    inSensor.length > 0 && inSensor.every((word, index) => index % 2 === 1 || word === "properties");
  return isSetting ? inSensor.filter((_, index) => index % 2 === 1) : undefined;
}
