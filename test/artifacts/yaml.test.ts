import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { stringifyYaml } from "../../src/artifacts/yaml.ts";

const test = suite("artifacts/yaml");

const value = {
  name: "on",
  count: 2,
  on: true,
  none: null,
  absent: undefined,
  empty: { list: [], map: {} },
  users: [{ name: "analyst", groups: ["a", "b"] }],
  commands: [["sh", "-c", "true\n"]],
  content: "first\n\n  # third\n",
};

test("indents every level", () => {
  assert.is(
    stringifyYaml(value),
    `name: "on"
count: 2
"on": true
none: null
empty:
  list: []
  map: {}
users:
  - name: "analyst"
    groups:
      - "a"
      - "b"
commands:
  - - "sh"
    - "-c"
    - |
      true
content: |
  first

    # third
`,
  );
});

test("indents by one space where size matters", () => {
  assert.is(
    stringifyYaml({ users: value.users, content: "a\nb\n" }, 1),
    `users:
 - name: "analyst"
   groups:
    - "a"
    - "b"
content: |
 a
 b
`,
  );
});

for (const text of [
  "a",
  "a\nb",
  "a\n\n",
  "\na\n",
  " a\nb\n",
  "a\n \n",
  "a\n\tb\n",
  "\n",
  "a\u2028b\n",
  "a\r\nb\n",
])
  test(`quotes ${JSON.stringify(text)}, which is no plain block of lines`, () => {
    assert.is(stringifyYaml({ text }).split("\n").length, 2);
    assert.equal(parse(stringifyYaml({ text }), { version: "1.1" }), { text });
  });

test.run();
