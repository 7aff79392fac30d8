import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { Ajv2020 } from "ajv/dist/2020.js";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { settingsGrammar } from "../../src/settings/grammar.ts";
import { leavesOf, schemaAt } from "../../src/settings/grammar-walk.ts";
import { schemaText, settingsSchema } from "../../src/settings/json-schema.ts";
import { leafFacts } from "../../src/settings/leaf.ts";
import { looksSecret } from "../../src/settings/mask.ts";
import { settingsGroups, settingsReference } from "../../src/settings/reference.ts";
import { valueAt } from "../../src/settings/value-at.ts";

const schema = suite("the JSON Schema and the reference");
const grammar = settingsGrammar();

schema("is a valid schema in ajv's strict mode", () => {
  new Ajv2020({ strict: true, allowUnionTypes: true }).compile(settingsSchema());
});

schema("prints the same bytes each time", () => {
  assert.is(JSON.stringify(settingsSchema()), JSON.stringify(settingsSchema()));
});

for (const [name, path, want] of [
  [
    "knows a default of a scalar",
    ["defaults", "properties", "admin", "properties", "ssh_port", "default"],
    12222,
  ],
  [
    "knows a default two maps down",
    ["defaults", "properties", "capture", "properties", "rotate", "properties", "hours", "default"],
    24,
  ],
  ["knows the same in an entry of sensors", ["sensors", "items", "properties", "os", "default"], "debian-13"],
  [
    "has no default for required settings",
    ["defaults", "properties", "admin", "properties", "allow_from", "default"],
    undefined,
  ],
  ["knows no default of the version", ["version", "default"], undefined],
  ["refuses unknown keys", ["sensors", "items", "additionalProperties"], false],
] as const)
  schema(name, () => {
    assert.equal(valueAt(settingsSchema(), ["properties", ...path]), want);
  });

schema("describes every setting and every group", () => {
  for (const { path, takes, description } of settingsReference()) {
    assert.match(description, /^[A-Z`].*\.$/, path);
    assert.not.match(takes, /^$|\.$/, path);
  }
  for (const { path, description } of settingsGroups()) assert.match(description, /^[A-Z].*\.$/, path);
});

schema("describes each key, for editors that show the description on hover", () => {
  const missing: string[] = [];
  const visit = (node: unknown, path: string): void => {
    if (typeof node !== "object" || node === null) return;
    const {
      properties = {},
      items,
      anyOf = [],
    } = node as {
      properties?: Record<string, { description?: string }>;
      items?: unknown;
      anyOf?: readonly unknown[];
    };
    for (const [key, value] of Object.entries(properties)) {
      // A key that is only required, and described elsewhere.
      if (Object.keys(value).length === 0) continue;
      if (value.description === undefined) missing.push(`${path}.${key}`);
      visit(value, `${path}.${key}`);
    }
    for (const below of [items, ...anyOf]) visit(below, path);
  };
  visit(settingsSchema(), "");
  assert.equal(missing, []);
});

schema("is beside the built program, where the first line of each example expects it", () => {
  for (const name of readdirSync("examples").filter((file) => file.endsWith(".yaml"))) {
    const [first = ""] = readFileSync(join("examples", name), "utf8").split("\n");
    const file = /^# yaml-language-server: \$schema=(\S+)$/.exec(first)?.[1] ?? "";
    assert.is(readFileSync(join("examples", file), "utf8"), schemaText(), name);
  }
});

schema("has only examples that the grammar accepts", () => {
  const sensor = schemaAt(grammar, ["sensors", 0]);
  for (const { path, schema: leaf } of sensor ? leavesOf(sensor) : [])
    for (const example of leafFacts.get(leaf)?.examples ?? []) {
      const entry = path.reduceRight<unknown>((value, key) => ({ [key]: value }), example);
      const result = grammar.safeParse({ version: 1, sensors: [{ name: "a", ...(entry as object) }] });
      assert.ok(result.success, `${path.join(".")}: ${JSON.stringify(example)}`);
    }
});

schema("knows every secret by its name, so that snippets mask it", () => {
  const secrets = settingsReference().filter(({ isSecret }) => isSecret);
  assert.ok(secrets.length >= 4);
  for (const { path } of settingsReference())
    assert.is(
      looksSecret(path.split(".").at(-1) ?? ""),
      secrets.some((secret) => secret.path === path),
      path,
    );
});

schema("has no group that could be taken for a reference to a secret", () => {
  for (const { path } of settingsReference()) assert.not.match(path, /(^|\.)(env|file)$/);
});

schema.run();
