import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { TooLarge } from "../../src/artifacts/user-data.ts";
import { shippingProblems } from "../../src/cli/kql/shipping-problems.ts";
import { filterProblems } from "../../src/cli/shared/check-filters.ts";
import { type Code, codes } from "../../src/diagnostics/codes.ts";
import type { Path } from "../../src/diagnostics/diagnostic.ts";
import { exitCode } from "../../src/diagnostics/exit-code.ts";
import { inOrder } from "../../src/diagnostics/in-order.ts";
import { pathText } from "../../src/diagnostics/path-text.ts";
import { renderText } from "../../src/diagnostics/render-text.ts";
import { type LoadOptions, loadSettings } from "../../src/load/load.ts";
import { tooLargeProblems } from "../../src/load/too-large.ts";
import { settingsGrammar } from "../../src/settings/grammar.ts";
import { schemaAt } from "../../src/settings/grammar-walk.ts";
import { assertText } from "../support/golden-text.ts";
import { type VirtualFile, virtualWorld } from "../support/virtual-world.ts";

// One pair for each code: a settings file test/errors/<code, / written as -->.yaml and its output (.out).
// `npm test -- errors --update` rewrites the outputs; read them like a user before you commit them.

type World = {
  /** An object in place of the settings file, for problems that a text cannot cause. */
  readonly settings?: VirtualFile;
  readonly files?: Readonly<Record<string, VirtualFile>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** tcpdump's message about a capture filter. */
  readonly refusedFilters?: Readonly<Record<string, string>>;
  readonly options?: LoadOptions;
  /** The compiler's result for each sensor's size; the real numbers change with every script. */
  readonly size?: TooLarge;
};

const withSecrets = { options: { readSecrets: true } };

const worlds: Partial<Record<Code, World>> = {
  "source/missing": { settings: { fails: "ENOENT", when: "read" } },
  "source/unreadable": { settings: { fails: "EACCES", when: "read" } },
  "source/not-a-file": { settings: { isDirectory: true } },
  "source/too-large": { settings: { size: 10_000_000 } },
  "build/too-large": {
    size: {
      kind: "too-large",
      bytes: 17_408,
      limitBytes: 16_384,
      contributors: () => [
        { path: "/opt/honeypot/scripts/collect.sh", bytes: 2345 },
        { path: "/etc/cron.d/honeypot", bytes: 321 },
      ],
    },
  },
  "settings/deprecated": {
    options: {
      readSecrets: false,
      deprecations: [
        { from: "capture.days", to: "capture.keep_days", since: "0.1.0", refusedFrom: "99.0.0" },
        {
          from: "dshield.updates",
          to: "dshield.updates",
          convert: (value) => (value === "never" ? "manual" : value),
          since: "0.1.0",
          refusedFrom: "99.0.0",
        },
        { from: "telnet", to: undefined, since: "0.1.0", refusedFrom: "99.0.0" },
      ],
    },
    files: {
      "/settings/students.csv": "name,telnet,dshield.updates\npi-1,yes,never\npi-2,no,manual\n",
    },
  },
  "settings/removed": {
    options: {
      readSecrets: false,
      deprecations: [
        { from: "capture.days", to: "capture.keep_days", since: "0.0.1", refusedFrom: "0.0.2" },
        { from: "capture.keep_files", to: undefined, since: "0.0.1", refusedFrom: "0.0.2" },
      ],
    },
  },
  "settings/unknown-sensor": { options: { readSecrets: false, only: ["attik-vps"] } },
  "access/example-key": {
    files: {
      "/settings/half.pub":
        "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEClcDqgb0CSq0iKnZyXIBdCRuGIEnwclPkFlSQUDscy me@laptop\n",
    },
  },
  "access/key-file": {
    files: { "/settings/half.pub": "# my keys\n\nssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIN1to\n" },
  },
  "capture/filter": { refusedFilters: { "port fourty": "unknown port 'fourty'" } },
  "table/malformed": {
    files: {
      "/settings/students.csv":
        'name,admin.user,admin.allow_from\npi-01,ada,198.52.100.0/24\npi-02,"bob,198.52.100.0/24\n',
    },
  },
  "table/column": {
    files: { "/settings/students.csv": "name;#e-mail;admin.sshkeys+;admin;timezone;timezone\npi-01;;;;;\n" },
  },
  "secret/missing": withSecrets,
  "secret/empty": { ...withSecrets, environment: { EMPTY: "" }, files: { "/settings/empty": "\n" } },
  "secret/unusable": {
    ...withSecrets,
    environment: { LONG: "two\nlines", WIDE: "passw\u00f6rd", KEY: "key; id" },
  },
  "secret/readable-by-others": {
    ...withSecrets,
    files: { "/settings/keys/backup": { content: "a secret\n", mode: 0o644 } },
  },
};

const folder = "test/errors";
const errors = suite("one example for each diagnostic");

for (const code of Object.keys(codes) as Code[])
  errors(`${code} is reported for its example`, async () => {
    const {
      settings,
      files,
      size,
      options = { readSecrets: false },
      refusedFilters,
      ...rest
    } = worlds[code] ?? {};
    const base = code.replace("/", "--");
    const example = join(folder, `${base}.yaml`);
    assert.ok(existsSync(example), `write ${example}, the smallest settings file that reports ${code}`);
    const given = readFileSync(example);
    const file = `/settings/${base}.yaml`;
    const outside = virtualWorld({ ...files, [file]: settings ?? given }, rest);
    const { diagnostics: found, source, sensors } = await loadSettings(file, outside, options);
    // Found by a command, not by loading.
    const later = [
      ...(size ? tooLargeProblems(sensors.map((sensor) => ({ sensor, size }))) : []),
      ...(code === "siem/not-shipped" ? shippingProblems(sensors) : []),
      ...(await filterProblems(sensors, async (filter) => refusedFilters?.[filter])),
    ];
    const diagnostics = inOrder([...found, ...later]);
    assert.ok(
      diagnostics.some((diagnostic) => diagnostic.code === code),
      `${example} does not report ${code}, but: ${diagnostics.map((each) => each.code).join(", ") || "nothing"}; a rule must be listed in src/plan/rules.ts`,
    );
    for (const { path } of diagnostics.filter((diagnostic) => diagnostic.code === code))
      assert.ok(
        code.startsWith("settings/") || isSetting(path),
        `${code} is reported at ${pathText(path)}, which is no setting`,
      );
    const text = renderText(diagnostics, { ...source, file: `${base}.yaml` }, { color: false });
    assertAnswer(join(folder, `${base}.out`), `exit ${exitCode(diagnostics, { strict: false })}\n${text}`);
    assert.is(
      sensors.length > 0,
      found.every(({ severity }) => severity === "warning"),
    );
  });

errors("every code has the form SECTION/PROBLEM, and a sentence as its summary", () => {
  for (const [code, { summary }] of Object.entries(codes)) {
    assert.match(code, /^[a-z0-9]+\/[a-z0-9-]+$/);
    assert.match(summary, /^["`\p{L}].*\.$/u, code);
  }
});

errors("has no example of a code that does not exist", () => {
  const known = new Set(
    Object.keys(codes).flatMap((code) => ["yaml", "out"].map((end) => `${code.replace("/", "--")}.${end}`)),
  );
  assert.equal(
    readdirSync(folder).filter((name) => !known.has(name)),
    [],
  );
});

errors.run();

// Without the entry of a list. A list that is appended to has a `+` behind its name.
function isSetting(path: Path): boolean {
  const entry = path.findIndex((part, index) => typeof part === "number" && index > 1);
  const list = entry === -1 ? path : path.slice(0, entry);
  const names = list.map((part) => (typeof part === "string" ? part.replace(/\+$/, "") : part));
  return schemaAt(settingsGrammar(), names) !== undefined;
}

function assertAnswer(path: string, answer: string): void {
  if (process.env.UPDATE === "1") {
    if (process.env.CI === "true") throw new Error("--update is disabled in CI, which compares the files");
    writeFileSync(path, answer);
  }
  assert.ok(existsSync(path), `${path} is missing: npm test -- errors --update writes it`);
  assertText(readFileSync(path, "utf8"), answer, "errors");
}
