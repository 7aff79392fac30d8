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
  const { properties } = schema as { readonly properties: Properties };
  const { defaults, sensors } = properties;
  return {
    ...schema,
    properties: {
      ...properties,
      defaults: withSigns(defaults),
      sensors: { ...sensors, items: withSigns(sensors?.items as JsonSchema) },
    },
    // The grammar requires `sensors`, because it is checked after the rows of the CSV file were added there.
    required: ["version"],
    anyOf: ["sensors", "sensors_from"].map((key) => ({ properties: { [key]: {} }, required: [key] })),
    title: "Settings of sensorbake",
  };
}

type JsonSchema = Readonly<Record<string, unknown>>;
type Properties = Readonly<Record<string, JsonSchema>>;

/** A map of settings in which each list `KEY` has a second key, `KEY+`. */
function withSigns(schema: JsonSchema | undefined): JsonSchema | undefined {
  const properties = schema?.properties as Properties | undefined;
  if (properties === undefined) return schema;
  return {
    ...schema,
    properties: Object.fromEntries(
      Object.entries(properties).flatMap(([key, value]) => {
        const forms = (value.anyOf ?? [value]) as readonly JsonSchema[];
        const list = forms.find(({ type }) => type === "array");
        return [
          [key, withSigns(value)],
          ...(list ? [[`${key}+`, { type: "array", items: list.items, description: appended(key) }]] : []),
        ];
      }),
    ),
  };
}

function appended(key: string): string {
  return `Entries that are appended to the inherited list \`${key}\`.`;
}

/** {@link settingsSchema} as the text of a file. */
export function schemaText(): string {
  return `${JSON.stringify(settingsSchema(), null, 2)}\n`;
}

/** The setting at a path of the JSON Schema: `properties, defaults, properties, os` is `os`. */
function settingOf(path: readonly (string | number)[]): readonly string[] | undefined {
  const [, part, ...rest] = path.map(String);
  const inSensor = part === "sensors" ? rest.slice(1) : rest;
  const isSetting =
    inSensor.length > 0 && inSensor.every((word, index) => index % 2 === 1 || word === "properties");
  return isSetting ? inSensor.filter((_, index) => index % 2 === 1) : undefined;
}
