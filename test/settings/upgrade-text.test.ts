import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parse, stringify } from "yaml";
import { sourceOf } from "../../src/diagnostics/source.ts";
import type { Deprecation } from "../../src/settings/deprecated.ts";
import { readTree } from "../../src/settings/read-tree.ts";
import { renameDeprecated } from "../../src/settings/rename-deprecated.ts";
import { upgradeTable } from "../../src/settings/upgrade-table.ts";
import { upgradeText } from "../../src/settings/upgrade-text.ts";

const test = suite("settings/upgrade-text");

const versions = { since: "0.1.0", refusedFrom: "99.0.0" };
const table: readonly Deprecation[] = [
  { ...versions, from: "capture.days", to: "capture.keep_days" },
  { ...versions, from: "keep_logs", to: "logs.keep_days" },
  { ...versions, from: "siem.tools.memory", to: "tools.memory_megabytes" },
  { ...versions, from: "admin.keys", to: "admin.ssh_keys" },
  { ...versions, from: "archive", to: "backup" },
  { ...versions, from: "backup.legacy", to: undefined },
  {
    ...versions,
    from: "disk.max_used_percent",
    to: "disk.max_used_percent",
    convert: (value) => (value === "most" ? 90 : value),
  },
  {
    ...versions,
    from: "rescue_hours",
    to: "notify.text",
    convert: (value) => (typeof value === "number" ? `${value * 60}, minutes` : value),
  },
];
const [newest, older, oldest] = ["c".repeat(40), "b".repeat(40), "a".repeat(40)];
const refs = { "dshield.ref": [newest, older, oldest], "tools.cowrieprocessor.ref": [newest, older] };

const cases: readonly (readonly [name: string, before: string, after: string])[] = [
  [
    "renames a key and keeps everything else",
    `# top
version:   1
defaults:
    capture:   # packets
        "days" : 7   # a week

sensors: [ {name: a, capture: {days: 3, filter: "x"}}, { name: b } ]
`,
    `# top
version:   1
defaults:
    capture:   # packets
        keep_days : 7   # a week

sensors: [ {name: a, capture: {keep_days: 3, filter: "x"}}, { name: b } ]
`,
  ],
  [
    "renames a list that is appended",
    "sensors:\n- name: a\n  admin: {keys+: [x], keys: [y]}\n",
    "sensors:\n- name: a\n  admin: {ssh_keys+: [x], ssh_keys: [y]}\n",
  ],
  [
    "renames a group and settings in it",
    "defaults:\n  archive:\n    # not used\n    legacy: 5\n    keep_days: 3\n",
    "defaults:\n  backup:\n    keep_days: 3\n",
  ],
  [
    "moves a setting with its comments into a new group",
    "sensors:\n  - name: a\n    # Thirty days\n    # are a month.\n    keep_logs: 30 # days\n    os: debian-13\n",
    "sensors:\n  - name: a\n    os: debian-13\n    logs:\n      # Thirty days\n      # are a month.\n      keep_days: 30 # days\n",
  ],
  [
    "moves a setting that follows the hyphen of its list",
    "sensors:\n  - keep_logs: 30 # days\n    # its name\n    name: a",
    "sensors:\n  - # its name\n    name: a\n    logs:\n      keep_days: 30 # days\n",
  ],
  [
    "moves a setting into an existing group",
    "defaults:\n  keep_logs: 30\n  logs:\n    other: 1\n\nsensors: []\n",
    "defaults:\n  logs:\n    other: 1\n    keep_days: 30\n\nsensors: []\n",
  ],
  [
    "moves a setting into an empty group",
    "defaults:\n  logs: # ours\n  keep_logs: 30\n",
    "defaults:\n  logs: # ours\n    keep_days: 30\n",
  ],
  [
    "moves a setting within braces",
    "sensors: [{name: a, keep_logs: 30}, {keep_logs: 7, name: b, logs: {}}, {name: c, logs: {other: 1}, keep_logs: 2}]\n",
    "sensors: [{name: a, logs: {keep_days: 30}}, {name: b, logs: {keep_days: 7}}, {name: c, logs: {other: 1, keep_days: 2}}]\n",
  ],
  [
    "keeps the comments of a setting that moves into braces",
    "defaults:\n  # a month\n  keep_logs: 30 # days\n  logs: {other: 1}\n",
    "defaults:\n  # a month\n  # days\n  logs: {other: 1, keep_days: 30}\n",
  ],
  [
    "removes groups that become empty, because an empty group may enable a feature",
    "sensors:\n  - name: a\n    siem:\n      tools:\n        memory: 500\n  - name: b\n    siem: {tools: {memory: 600}, other: 1}\n",
    "sensors:\n  - name: a\n    tools:\n      memory_megabytes: 500\n  - name: b\n    siem: {other: 1}\n    tools:\n      memory_megabytes: 600\n",
  ],
  [
    "moves the only setting of defaults",
    "version: 1\ndefaults:\n  keep_logs: 30\nsensors: []\n",
    "version: 1\ndefaults:\n  logs:\n    keep_days: 30\nsensors: []\n",
  ],
  [
    "removes defaults with nothing but a setting without a successor",
    "version: 1\ndefaults: {backup: {legacy: 1}}\nsensors: []\n",
    "version: 1\nsensors: []\n",
  ],
  [
    "converts values, in quotes where YAML needs them",
    "defaults:\n  disk: {max_used_percent: 'most'}\nsensors:\n  - name: a\n    rescue_hours: 2 # long\n  - {name: b, rescue_hours: 3}\n",
    'defaults:\n  disk: {max_used_percent: 90}\nsensors:\n  - name: a\n    notify:\n      text: "120, minutes" # long\n  - {name: b, notify: {text: "180, minutes"}}\n',
  ],
  [
    "moves a value of several lines",
    "defaults:\n  capture: {}\n  siem:\n    x: 1\n    tools:\n      memory: >-\n        one\n        two\n",
    "defaults:\n  capture: {}\n  siem:\n    x: 1\n  tools:\n    memory_megabytes: >-\n      one\n      two\n",
  ],
  [
    "keeps the line ends of Windows",
    "defaults:\r\n  keep_logs: 30\r\n  os: x\r\n",
    "defaults:\r\n  os: x\r\n  logs:\r\n    keep_days: 30\r\n",
  ],
  [
    "keeps them for the comments of a setting that moves into braces",
    "defaults:\r\n  # a month\r\n  keep_logs: 30 # days\r\n  logs: {other: 1}\r\n",
    "defaults:\r\n  # a month\r\n  # days\r\n  logs: {other: 1, keep_days: 30}\r\n",
  ],
  [
    "replaces former reviewed commits, but no other and none of a fork",
    `defaults: {dshield: {ref: "${oldest}"}, tools: {cowrieprocessor: {ref: ${older}}}}
sensors:
  - {name: a, dshield: {ref: ${"d".repeat(40)}}}
  - {name: b, dshield: {ref: ${older}, repository: https://example.org/fork}}
  - name: c
    dshield:
      ref: ${older} # ${older}
`,
    `defaults: {dshield: {ref: "${newest}"}, tools: {cowrieprocessor: {ref: ${newest}}}}
sensors:
  - {name: a, dshield: {ref: ${"d".repeat(40)}}}
  - {name: b, dshield: {ref: ${older}, repository: https://example.org/fork}}
  - name: c
    dshield:
      ref: ${newest} # ${older}
`,
  ],
];

for (const [name, before, after] of cases)
  test(name, () => {
    const upgraded = upgradeText(before, table, refs);
    assert.ok(upgraded.isComplete);
    assert.is(upgraded.text, after);
    assert.is(upgradeText(after, table, refs).text, after);
    assert.equal(upgradeText(after, table, refs).changes, []);
  });

test("reports each change", () => {
  const { changes } = upgradeText(
    `sensors: [{name: a, keep_logs: 1, dshield: {ref: ${older}}}, {name: b, keep_logs: 2, backup: {legacy: 1}}]`,
    table,
    refs,
  );
  assert.equal(
    changes.map(({ setting, what }) => `${setting} ${what}`),
    [
      "keep_logs becomes logs.keep_days",
      "keep_logs becomes logs.keep_days",
      "backup.legacy is removed; it has no effect",
      "dshield.ref becomes the commit that this version of sensorbake was reviewed with",
    ],
  );
});

test("leaves a text that it cannot edit", () => {
  const text = "defaults:\n  ? keep_logs\n  : 30\n  os: x\n";
  const { text: same, isComplete } = upgradeText(text, table, refs);
  assert.is(same, text);
  assert.not.ok(isComplete);
});

const scalar = fc.oneof(
  fc.integer({ min: 0, max: 9999 }),
  fc.boolean(),
  fc.string({ maxLength: 12 }).map((text) => text.replace(/[^ -~]/g, "")),
);
const value = fc.oneof(scalar, fc.array(scalar, { maxLength: 3 }), fc.constant({ file: "x y" }));
const settings = fc.record(
  {
    os: value,
    keep_logs: value,
    siem: fc.record({ tools: fc.record({ memory: value }), x: value }, { requiredKeys: [] }),
    logs: fc.record({ other: value }, { requiredKeys: [] }),
    tools: fc.record({ time: value }, { requiredKeys: [] }),
    archive: fc.record({ legacy: value, sets: value }, { requiredKeys: [] }),
    capture: fc.record({ days: value, filter: value }, { requiredKeys: [] }),
  },
  { requiredKeys: [] },
);
const files = fc.record({
  version: fc.constant(1),
  defaults: settings,
  sensors: fc.array(
    settings.map((one) => ({ name: "a", ...one })),
    { maxLength: 3 },
  ),
});
const styles = fc.record({
  collectionStyle: fc.constantFrom("any", "block", "flow") as fc.Arbitrary<"any" | "block" | "flow">,
  flowCollectionPadding: fc.boolean(),
  indentSeq: fc.boolean(),
  indent: fc.constantFrom(2, 3, 4),
  lineWidth: fc.constantFrom(0, 20, 80),
  singleQuote: fc.boolean(),
});

test("means the same as the former text, in every style", () => {
  fc.assert(
    fc.property(files, styles, fc.constantFrom("\n", "\r\n"), (file, style, end) => {
      const text = stringify(file, style).replaceAll("\n", end);
      const { tree, diagnostics } = readTree(sourceOf("", text));
      fc.pre(diagnostics.length === 0);
      renameDeprecated(tree, table, "");
      const upgraded = upgradeText(text, table, {});
      assert.ok(upgraded.isComplete, text);
      assert.equal(parse(upgraded.text), JSON.parse(JSON.stringify(tree.value)));
    }),
    { numRuns: 300 },
  );
});

test("replaces columns, values and commits of a CSV file", () => {
  assert.is(
    upgradeTable(
      `name;"capture.days";admin.keys+;backup.legacy;disk.max_used_percent;dshield.ref;archive.sets;#keep_logs\r\na; 7 ;x;1;most;"${older}";home;5\r\nb;;;;80;v1;;\r\n`,
      table,
      refs,
    ).text,
    `name;"capture.keep_days";admin.ssh_keys+;#backup.legacy;disk.max_used_percent;dshield.ref;backup.sets;#keep_logs\r\na; 7 ;x;1;90;"${newest}";home;5\r\nb;;;;80;v1;;\r\n`,
  );
  const fork = `name,dshield.ref,dshield.repository\na,${older},https://example.org/fork\n`;
  assert.is(upgradeTable(fork, table, refs).text, fork);
});

test.run();
