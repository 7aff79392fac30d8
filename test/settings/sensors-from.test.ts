import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { exitCode } from "../../src/diagnostics/exit-code.ts";
import { renderText } from "../../src/diagnostics/render-text.ts";
import { loadSettings } from "../../src/load/load.ts";
import { settingsGrammar } from "../../src/settings/grammar.ts";
import { leavesOf, schemaAt } from "../../src/settings/grammar-walk.ts";
import { leafFacts } from "../../src/settings/leaf.ts";
import { valueAt } from "../../src/settings/value-at.ts";
import { arbitrarySettings } from "../support/arbitrary-settings.ts";
import { ed25519Key, rsaKey } from "../support/keys.ts";
import { type VirtualFile, virtualWorld } from "../support/virtual-world.ts";

const test = suite("sensors from a CSV file");

const head = `version: 1
defaults:
  target: hetzner
  admin: {ssh_keys: [${ed25519Key}], allow_from: [198.52.100.0/24]}
sensors_from: students.csv
`;

async function load(
  csv: VirtualFile,
  { settings = head, only, readSecrets = false, environment = {} }: Partial<Options> = {},
) {
  return loadSettings(
    "/class/sensors.yaml",
    virtualWorld({ "/class/sensors.yaml": settings, "/class/students.csv": csv }, { environment }),
    { readSecrets, ...(only && { only }) },
  );
}

type Options = {
  settings: string;
  only: readonly string[];
  readSecrets: boolean;
  environment: Record<string, string>;
};

async function messages(csv: VirtualFile, options: Partial<Options> = {}): Promise<readonly string[]> {
  const { diagnostics, source } = await load(csv, options);
  return renderText(diagnostics, source, { color: false })
    .split("\n")
    .filter((line) => /: (error|warning): /.test(line))
    .map((line) => line.replaceAll("/class/", ""));
}

test("reads each row as a sensor that inherits what its row leaves empty", async () => {
  const { sensors, diagnostics } = await load(
    "name,#student,timezone,admin.ssh_port,dshield.keep_configured,backup.keep_days,admin.allow_from,admin.ssh_keys+\n" +
      `pi-1,"Lovelace, Ada",Europe/Berlin,2022,TRUE,7,anywhere,${rsaKey}\n` +
      'pi-2,Bob,,,,,"[198.52.101.0/24, 198.52.102.0/24]",\n' +
      "pi-3,,,,,,198.52.103.0/24,\n" +
      ",,,,,,,\n\n",
  );
  assert.equal(diagnostics, []);
  assert.equal(
    sensors.map(({ plan }) => [
      plan.name,
      plan.timezone,
      plan.admin.sshPort,
      plan.upkeep !== undefined,
      plan.backup.keepDays,
      plan.admin.allowFrom,
      plan.admin.sshKeys.length,
    ]),
    [
      ["pi-1", "Europe/Berlin", 2022, true, 7, "anywhere", 2],
      ["pi-2", "Etc/UTC", 12_222, false, 14, ["198.52.101.0/24", "198.52.102.0/24"], 1],
      ["pi-3", "Etc/UTC", 12_222, false, 14, ["198.52.103.0/24"], 1],
    ],
  );
});

for (const [name, csv] of [
  ["a byte order mark and CRLF", '\ufeffname,timezone\r\n"pi-1",Europe/Berlin\r\npi-2,\r\n'],
  ["semicolons", "name;timezone\npi-1;Europe/Berlin\npi-2;\n"],
  ["tabs", "name\ttimezone\npi-1\tEurope/Berlin\npi-2\t\n"],
  ["blanks around the cells and no last line end", " name , timezone \n pi-1 , Europe/Berlin \npi-2,"],
] as const)
  test(`reads ${name}`, async () => {
    const { sensors, diagnostics } = await load(csv);
    assert.equal(diagnostics, []);
    assert.equal(
      sensors.map(({ plan }) => `${plan.name} ${plan.timezone}`),
      ["pi-1 Europe/Berlin", "pi-2 Etc/UTC"],
    );
  });

test("adds the rows to the entries of sensors", async () => {
  const { sensors } = await load("name\npi-[08-10]\n", { settings: `${head}sensors: [{name: hub}]\n` });
  assert.equal(
    sensors.map(({ plan }) => plan.name),
    ["hub", "pi-08", "pi-09", "pi-10"],
  );
});

test("reports a problem at its file, row and column", async () => {
  const { diagnostics, source } = await load(
    'name,admin.ssh_port,#note\npi-1,,"two\nlines, ""quoted"""\npi-2,70000,\n',
  );
  assert.is(
    renderText(diagnostics, source, { color: false }),
    "/class/students.csv:4:6: error: 70000 is not a whole number from 1 to 65535 [settings/invalid-value]\n" +
      "  |\n4 | pi-2,70000,\n  |      ^^^^^ sensors_from[1].admin.ssh_port\n",
  );
});

for (const [name, csv, want] of [
  [
    "a missing file",
    { fails: "ENOENT", when: "stat" },
    ['sensors.yaml:5:15: error: "students.csv" cannot be used: the file does not exist [table/unreadable]'],
  ],
  [
    "100 MB",
    { size: 100_000_000 },
    [
      'sensors.yaml:5:15: error: "students.csv" cannot be used: the file has 100000000 bytes; a settings file has at most 1048576 [table/unreadable]',
    ],
  ],
  [
    "a binary file",
    new Uint8Array([0x50, 0x4b, 3, 4, 0xff, 0xfe, 0]),
    [
      'sensors.yaml:5:15: error: "students.csv" cannot be used: the file is not UTF-8 text [table/unreadable]',
    ],
  ],
  [
    "NUL",
    "name\npi\u00001\n",
    [
      'sensors.yaml:5:15: error: "students.csv" cannot be used: the text contains the control character U+0000 [table/unreadable]',
    ],
  ],
  [
    "a column that occurs twice",
    "name,os,os\npi-1,,\n",
    ['students.csv:1:9: error: the column "os" occurs twice [table/column]'],
  ],
  [
    "no name",
    "os,timezone\nubuntu-24.04,\n",
    ["students.csv:1:1: error: no column is named name [table/column]"],
  ],
  [
    "a first row without names of settings",
    "pi-1,hetzner\npi-2,hetzner\n",
    ["students.csv:1:1: error: no column is named name [table/column]"],
  ],
  ["an empty file", "", ["students.csv:1:1: error: no column is named name [table/column]"]],
  [
    "only a header",
    "name,os\n",
    ["sensors.yaml:5:1: error: the list of sensors is empty [settings/no-sensors]"],
  ],
  [
    "a quote that is not closed",
    'name,os\npi-1,\npi-2,"x\npi-3,\n',
    ["students.csv:3:1: error: a quote of this row, or of one below it, is not closed [table/malformed]"],
  ],
  [
    "a row that is too long",
    "name,os\npi-1,,debian-13\n",
    ["students.csv:2:1: error: this row has 3 cells, and the first row 2 [table/malformed]"],
  ],
  [
    "too many columns",
    `name${",".repeat(2000)}\npi-1\n`,
    ["students.csv:1:1: error: the first row has 2,001 cells; a row can have 1000 [table/malformed]"],
  ],
  [
    "a list that is not closed",
    "name,admin.allow_from\npi-1,[192.0.2.0/24\n",
    ["students.csv:2:6: error: the cell is not a list like [a, b] [table/malformed]"],
  ],
  [
    "a name twice",
    "name\npi-1\npi-1\n",
    ["students.csv:3:1: error: another sensor has this name, in line 2 [settings/duplicate-name]"],
  ],
] as const)
  test(`refuses ${name}`, async () => {
    assert.equal(await messages(csv), want);
  });

for (const [name, hint] of [
  ["admin.shh_keys", "did you mean admin.ssh_keys?"],
  ["ssh_keys", "did you mean admin.ssh_keys?"],
  ["Timezone", "did you mean timezone?"],
  ["admin.allow_form+", "did you mean admin.allow_from?"],
  ["logs", "write one of logs.keep_days"],
  ["timezone+", "write timezone"],
  [
    "__proto__",
    "columns are settings like name, target or admin.ssh_keys; a name that begins with # is ignored",
  ],
] as const)
  test(`says which column ${name} could be`, async () => {
    const { diagnostics } = await load(`name,${name}\npi-1,\n`);
    assert.equal(
      diagnostics.map((each) => each.hint),
      [hint],
    );
  });

test("shows no cell that may be a secret", async () => {
  const sensor = schemaAt(settingsGrammar(), ["sensors", 0]);
  const secrets = (sensor ? [...leavesOf(sensor)] : [])
    .filter(({ schema }) => leafFacts.get(schema)?.isSecret)
    .map(({ path }) => path.join("."));
  assert.ok(secrets.length > 10);
  for (const csv of [
    ...secrets.flatMap((secret) => [
      `name,${secret},admin.ssh_port\npi-1,canary-1,0\n`,
      `name,${secret}\npi-1,{env: canary-1}\n`,
      `name,${secret}\npi-1,[canary-1\n`,
    ]),
    "name,backup.password,admin.ssh_port\npi-1,canary-1,0\n",
    "name,backup.pasword\npi-1,canary-1\n",
    "name,backup.password\npi-1,{env: canary-1}\n",
    "pi-1,hetzner,canary-1\n",
    "pi-1,hetzner,canary-1\npi-2,hetzner,canary-1,too many\n",
    "name,#Wi-Fi password,admin.ssh_port\npi-1,canary-1,0\n",
    'name,backup.password\npi-1,"canary-1\n',
    "name,backup.password\npi-1,canary-1,too many\n",
    'name,transfer.private_key\npi-1,"canary-1\nsecond canary-1"\n',
  ]) {
    const { diagnostics, source } = await load(csv);
    assert.ok(diagnostics.length > 0);
    assert.not.match(renderText(diagnostics, source, { color: false }), /canary/);
  }
});

test("does not repeat the same mistake for a thousand rows", async () => {
  const rows = Array.from({ length: 1000 }, (_, index) => `pi-${index},${70_000 + index}\n`);
  const found = await messages(`name,admin.ssh_port\n${rows.join("")}`);
  assert.is(found.length, 5);
  assert.match(found[4] ?? "", /and 996 more like this/);
});

test("reads the whole file if the named sensor is in no row", async () => {
  const found = await messages("name\npi-1\npi-2\n", { only: ["pi-3"] });
  assert.equal(found, ['sensors.yaml: error: no sensor is named "pi-3" [settings/unknown-sensor]']);
});

test("ignores the mistakes of other rows if a sensor is named", async () => {
  const csv = 'name,admin.ssh_port\npi-1,0\npi-2,2022\n"pi-3",x\n';
  const { sensors, diagnostics } = await load(csv, { only: ["pi-2"] });
  assert.equal(diagnostics, []);
  assert.equal(
    sensors.map(({ plan }) => plan.admin.sshPort),
    [2022],
  );
  const { diagnostics: own, source } = await load(csv, { only: ["pi-3"] });
  assert.match(
    renderText(own, source, { color: false }),
    /students\.csv:4:8: error: .*\[settings\/wrong-type\]/,
  );
  assert.equal(own[0]?.path, ["sensors_from", 2, "admin", "ssh_port"]);
});

test("means the same as entries of sensors, also for one sensor", async () => {
  const sensor = schemaAt(settingsGrammar(), ["sensors", 0]);
  const columns = sensor ? [...leavesOf(sensor)].map(({ path }) => path) : [];
  const cell = (value: unknown) => {
    if (value === undefined) return "";
    const text = typeof value === "object" ? JSON.stringify(value) : String(value);
    return `"${text.replaceAll('"', '""')}"`;
  };
  await fc.assert(
    fc.asyncProperty(arbitrarySettings, async ({ sensors: entries, ...rest }) => {
      const csv = [
        columns.map((path) => path.join(".")).join(","),
        ...entries.map((entry) => columns.map((path) => cell(valueAt(entry, path))).join(",")),
      ].join("\r\n");
      const inFile = await load(csv, { settings: JSON.stringify({ ...rest, sensors: entries }) });
      const settings = `sensors_from: students.csv\n${Object.entries(rest)
        .map(([key, value]) => `${key}: ${JSON.stringify(value)}\n`)
        .join("")}`;
      const inTable = await load(csv, { settings });
      assert.is(exitCode(inTable.diagnostics, { strict: false }), 0, JSON.stringify(inTable.diagnostics[0]));
      const plans = inTable.sensors.map(({ plan }) => plan);
      assert.equal(
        plans,
        inFile.sensors.map(({ plan }) => plan),
      );
      const last = plans.at(-1);
      const one = await load(csv, { settings, only: [last?.name ?? ""] });
      assert.equal(
        one.sensors.map(({ plan }) => plan),
        [last],
      );
    }),
    { numRuns: 60 },
  );
});

test("never throws for arbitrary text", async () => {
  const part = fc.constantFrom(
    ",",
    ";",
    "\t",
    "\n",
    "\r\n",
    '"',
    "name",
    "[1-3]",
    "[",
    "{",
    "os",
    "#",
    " ",
    "é",
    "admin.ssh_keys+",
    "pi-1",
  );
  await fc.assert(
    fc.asyncProperty(fc.array(part, { maxLength: 30 }), async (parts) => {
      const csv = parts.join("");
      const { diagnostics, source } = await load(csv);
      renderText(diagnostics, source, { color: false });
      await load(csv, { only: ["pi-1"] });
    }),
    { numRuns: 300 },
  );
});

test.run();
