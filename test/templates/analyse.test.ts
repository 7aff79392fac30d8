// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are for bash
import { lstat, readdir, readFile, stat, utimes } from "node:fs/promises";
import { gzipSync } from "node:zlib";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { analysisSettings, layAnalysis } from "../support/analysis.ts";
import { needs } from "../support/needs.ts";
import { makeScratchRoot, type Outcome, type ScratchRoot } from "../support/scratch-root.ts";

const test = suite("templates/analyse");
const withTools = needs("setpriv", "prlimit", "unshare", "timeout", "python3");
const state = "var/lib/honeypot/state";
const reports = "var/log/honeypot/reports";

let root: ScratchRoot;
test.before.each(async () => {
  root = await makeScratchRoot(analysisSettings);
  await layAnalysis(root);
});
test.after.each(() => root.remove());

const daysAgo = (days: number): string => new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
const yesterday = daysAgo(1);

const cowrie = (day: string, ...typed: readonly string[]) =>
  root.write(
    `var/log/honeypot/cowrie/cowrie_${day}.json.gz`,
    gzipSync(
      [
        { eventid: "cowrie.session.connect", session: `s${day}`, src_ip: "192.0.2.1", protocol: "ssh" },
        ...typed.map((input) => ({
          eventid: "cowrie.command.input",
          session: "t",
          src_ip: "192.0.2.1",
          input,
        })),
      ]
        .map((event) => `${JSON.stringify(event)}\n`)
        .join(""),
    ),
  );
const web = (day: string, lines: readonly string[]) =>
  root.write(`var/log/honeypot/webhoneypot/webhoneypot_${day}.json.gz`, gzipSync(lines.join("\n")));
const analyse = (tool: string): Promise<Outcome> =>
  root.run("opt/honeypot/scripts/analyse.sh", [tool], { timeoutSeconds: 90 });
const last = async (tool: string) => (await root.read(`${state}/${tool}.last`)).replace(/^\d+ /, "");
const report = async (day: string) => {
  const folder = root.path(`${reports}/cowrieprocessor/${day}`);
  const name = (await readdir(folder)).find((file) => file.endsWith("_1_day_report.txt"));
  return readFile(`${folder}/${name}`, "utf8");
};

withTools(test, "cowrieprocessor gets each closed day once, without a key and without network", async () => {
  await cowrie(daysAgo(2));
  await cowrie(yesterday);
  await root.write(`var/log/honeypot/cowrie/cowrie_${daysAgo(0)}.json`, "today's, not closed\n");
  await cowrie(daysAgo(20));
  const { code, stderr } = await analyse("cowrieprocessor");
  assert.is(code, 0, stderr);
  assert.equal((await readdir(root.path(`${reports}/cowrieprocessor`))).sort(), [daysAgo(2), yesterday]);
  assert.is(await report(yesterday), `sessions s${yesterday}\nkeys \n`);
  assert.is(
    await last("cowrieprocessor"),
    "ok 2 of 2 days; 1 sessions, not queried: dshield virustotal urlhaus spur\n",
  );
  const files = await readdir(root.path(`${reports}/cowrieprocessor/${yesterday}`));
  assert.equal(files.map((name) => name.replace(/^[\d-]+_/, "")).sort(), [
    "1_day_report.txt",
    "abnormal_1-day_report.txt",
    "cowrieprocessor.sqlite",
  ]);
  for (const name of files) {
    const { mode, uid } = await stat(root.path(`${reports}/cowrieprocessor/${yesterday}/${name}`));
    assert.equal([mode & 0o777, uid], [0o640, 0]);
  }
  assert.is((await analyse("cowrieprocessor")).code, 0);
  assert.is(await last("cowrieprocessor"), "ok no new day\n");
});

withTools(test, "a part of a day that comes late is analysed with the rest of its day", async () => {
  await cowrie(yesterday);
  await analyse("cowrieprocessor");
  await cowrie(`${yesterday}_2`);
  assert.is((await analyse("cowrieprocessor")).code, 0);
  assert.is(await report(yesterday), `sessions s${yesterday} s${yesterday}_2\nkeys \n`);
});

withTools(test, "lines that are not events are skipped and counted", async () => {
  await root.write(
    `var/log/honeypot/cowrie/cowrie_${yesterday}.json.gz`,
    gzipSync('{"eventid":"cowrie.log.closed","session":"a"}\n\n123\n{"eventid":"x"}\n\xff\n{"eventid":"cow'),
  );
  assert.is((await analyse("cowrieprocessor")).code, 0);
  assert.match(await last("cowrieprocessor"), /^ok 1 of 1 days; 1 sessions, 4 lines skipped, not queried/);
});

// From a public bug report: an attacker typed half of a surrogate pair, which Python cannot encode.
withTools(
  test,
  "leaves out and counts the line of cowrieprocessor-surrogate, and makes the report",
  async () => {
    const reported = await readFile("test/cases/cowrieprocessor-surrogate/cowrie.json");
    await root.write(`var/log/honeypot/cowrie/cowrie_${yesterday}.json.gz`, gzipSync(reported));
    const { code, stderr } = await analyse("cowrieprocessor");
    assert.is(code, 0, stderr);
    assert.match(await last("cowrieprocessor"), /^ok 1 of 1 days; 0 sessions, 1 lines skipped, not queried/);
    assert.is(await report(yesterday), "sessions \nkeys \n");
  },
);

withTools(
  test,
  "leaves out and counts lines that would end the tool: surrogates, deep nesting, great length, split lines",
  async () => {
    const surrogate = await readFile("test/cases/cowrieprocessor-surrogate/cowrie.json", "utf8");
    const deep = (depth: number, end = "") =>
      `{"eventid":"x","session":"b","input":${"[".repeat(depth)}${end}`;
    const long = `{"eventid":"x","session":"c","input":"${"x".repeat(1 << 20)}"}`;
    const raw = Buffer.from('{"eventid":"x","session":"e","input":"\xed\xb3\xa9"}', "latin1");
    const split = '{"eventid":"x",\r"session":"f"}';
    const good = '{"eventid":"cowrie.command.input","input":"\u00e9","session":"d"}';
    const closed = `${"]".repeat(500)}}`;
    const log = [
      surrogate.trimEnd(),
      deep(200_000),
      deep(500, closed),
      long,
      raw,
      '[{"session":"g"}]',
      split,
      good,
    ];
    await root.write(
      `var/log/honeypot/cowrie/cowrie_${yesterday}.json.gz`,
      gzipSync(Buffer.concat(log.map((line) => Buffer.concat([Buffer.from(line), Buffer.from("\n")])))),
    );
    const { code, stderr } = await analyse("cowrieprocessor");
    assert.is(code, 0, stderr);
    assert.match(await last("cowrieprocessor"), /^ok 1 of 1 days; 2 sessions, 6 lines skipped, not queried/);
    assert.is(await report(yesterday), "sessions d f\nkeys \n");
  },
);

const planted: readonly (readonly [
  name: string,
  command: string,
  said: RegExp | undefined,
  notes: RegExp | undefined,
])[] = [
  [
    "a symlink to a secret as its summary",
    'ln -sf "$CANARY" said',
    /its summary is unreadable: a symlink/,
    undefined,
  ],
  [
    "a FIFO as its summary",
    "rm -f said; mkfifo said",
    /its summary is unreadable: not a regular file/,
    undefined,
  ],
  [
    "a symlink to a folder of secrets as its report",
    'rm -rf report; ln -s "${CANARY%/*}" report',
    undefined,
    /report\/: a symlink/,
  ],
  [
    "a symlink to a secret in its report",
    'ln -s "$CANARY" report/x_report.txt',
    undefined,
    /report\/x_report\.txt: a symlink/,
  ],
  ["a FIFO in its report", "mkfifo report/x", undefined, /report\/x: not a regular file/],
  [
    "invalid file names",
    "touch report/-x \"report/$(printf 'a\\nb')\" \"report/$(printf '\\033[31m\\377')\" report/.hidden",
    undefined,
    /report\/a\\x0ab: not a valid file name\n/,
  ],
  [
    "files larger than the limit",
    "truncate --size=200M report/a report/b",
    undefined,
    /report\/b: too large/,
  ],
  [
    "two files of the same name",
    "mkdir report/d; touch report/x report/d/x",
    undefined,
    /report\/x: another file has the same name/,
  ],
  ["thousands of files", "cd report && touch $(seq 2000)", undefined, /report\/: more than 1000 entries/],
];
for (const [name, command, said, notes] of planted)
  withTools(test, `copies only regular files of the report when the tool plants ${name}`, async () => {
    await root.write("etc/honeypot/secrets/canary", "Tr0ub4dor\n", { mode: 0o600 });
    // Runs after the tool and imitates a tool that an attacker controls.
    const tool = "usr/local/lib/honeypot/tools/cowrieprocessor.py";
    const canary = root.path("etc/honeypot/secrets/canary");
    await root.write(
      tool,
      `${await root.read(tool)}\nimport subprocess\nsubprocess.run(["bash", "-c", ${JSON.stringify(command)}], env={"CANARY": ${JSON.stringify(canary)}, "PATH": "/usr/bin:/bin"})\n`,
    );
    await cowrie(yesterday);
    await root.configure({ ...analysisSettings, TOOLS_MAX_SECONDS: "80" });
    const { code, stderr } = await root.run("opt/honeypot/scripts/analyse.sh", ["cowrieprocessor"], {
      timeoutSeconds: 300,
    });
    assert.is(code, 0, stderr);
    const words = await last("cowrieprocessor");
    assert.match(words, said ?? /^ok 1 of 1 days; 1 sessions, not queried/);
    const found = await root.read(`${state}/cowrieprocessor.notes`).catch(() => "");
    if (notes === undefined) assert.is(found, "");
    else assert.match(found, notes);
    assert.match(found, /^(note: [ -~]+\n)*$/);
    const folder = root.path(`${reports}/cowrieprocessor/${yesterday}`);
    for (const file of await readdir(folder)) {
      assert.match(file, /^[A-Za-z0-9_][A-Za-z0-9._-]*$/);
      assert.ok((await lstat(`${folder}/${file}`)).isFile());
      assert.not.ok((await readFile(`${folder}/${file}`)).includes("Tr0ub4dor"), file);
    }
    assert.not.match(`${words}${found}${stderr}`, /Tr0ub4dor/);
  });

withTools(
  test,
  "keys are on no command line and in no environment, and it runs as a temporary user",
  async () => {
    await cowrie(yesterday, "look around");
    await root.write("etc/honeypot/secrets/virustotal", "Tr0ub4dor\n", { mode: 0o600 });
    const { code, stderr } = await analyse("cowrieprocessor");
    assert.is(code, 0, stderr);
    assert.match(await report(yesterday), /^keys vtapi$/m);
    const said = await root.read(`${state}/cowrieprocessor.output`);
    assert.match(said, /cowrieprocessor\.py.* 65534 /);
    assert.not.match(said, /Tr0ub4dor/);
  },
);

withTools(
  test,
  "a service without usable replies is not queried forever: the report is made without it",
  async () => {
    await root.configure({ ...analysisSettings, TOOLS_EMAIL: "analyst@example.org" });
    await cowrie(yesterday, "ask");
    const { code, stderr } = await analyse("cowrieprocessor");
    assert.is(code, 0, stderr);
    assert.match(
      await last("cowrieprocessor"),
      /^ok 1 of 1 days; made no queries, because it ended with: 127\.0\.0\.1:9 sent no usable reply; 2 sessions/,
    );
    assert.match(await report(yesterday), /^keys $/m);
  },
);

for (const [name, fault, want] of [
  ["hangs", "hang", "it did not end within 2 s"],
  ["fills its memory", "memory", "it needs more than 256 MB of memory"],
  ["crashes", "crash", "it ended with: TypeError: unsupported format string passed to NoneType"],
] as const)
  withTools(test, `a day for which it ${name} is reported, and the other days are analysed`, async () => {
    await cowrie(daysAgo(2));
    await cowrie(yesterday, fault);
    if (fault === "hang") await root.configure({ ...analysisSettings, TOOLS_MAX_SECONDS: "2" });
    assert.is((await analyse("cowrieprocessor")).code, 1);
    assert.is(await last("cowrieprocessor"), `failed ${yesterday}: ${want}\n`);
    if (fault === "hang") await analyse("cowrieprocessor");
    assert.equal(
      await readdir(root.path(`${reports}/cowrieprocessor`)),
      fault === "hang" ? [] : [daysAgo(2)],
    );
    assert.equal(await root.exists("run/honeypot/cowrieprocessor.lock"), true);
  });

withTools(test, "a failed day is retried, and then succeeds", async () => {
  await cowrie(yesterday, "crash");
  await analyse("cowrieprocessor");
  await cowrie(yesterday);
  assert.is((await analyse("cowrieprocessor")).code, 0);
  assert.match(await last("cowrieprocessor"), /^ok 1 of 1 days/);
});

withTools(test, "json_log_country counts every visit of the closed days, once", async () => {
  await root.write("usr/share/GeoIP/GeoLite2-Country.mmdb", "203.0. Norway\n198.51. Côte d'Ivoire\n100. \n");
  const visit = (sip: unknown) => JSON.stringify({ sip, url: "/" });
  await web(daysAgo(2), [visit("203.0.113.1"), visit("203.0.113.1"), "", visit("10.0.0.1")]);
  await web(yesterday, [
    visit("198.51.100.1"),
    visit("100.0.0.1"),
    visit("x; rm -rf /"),
    visit(7),
    '{"url":"/"}',
    '{"sip":"203.0.113.9',
    `{"sip":${"[".repeat(200_000)}`,
    visit('fe80::1%"\n"203.0.113.1'),
  ]);
  const { code, stderr } = await analyse("json_log_country");
  assert.is(code, 0, stderr);
  const folder = `${reports}/json_log_country/${daysAgo(2)}_${yesterday}`;
  const want = "Côte d'Ivoire 1\nNorway 2\nUnknown 3\n";
  assert.is(await root.read(`${folder}/countryPieChart.png`), want);
  assert.is(await root.read(`${folder}/country_DataFrame.xlsx`), want);
  assert.is(
    await last("json_log_country"),
    "ok 2 of 2 days; 6 visits, 3 without a known country, 5 lines skipped\n",
  );
  await analyse("json_log_country");
  assert.is(await last("json_log_country"), "ok no new day\n");
});

withTools(test, "days without a visitor make no chart", async () => {
  await root.write("usr/share/GeoIP/GeoLite2-Country.mmdb", "");
  await web(yesterday, [""]);
  assert.is((await analyse("json_log_country")).code, 0);
  assert.equal(await readdir(root.path(`${reports}/json_log_country/${yesterday}`)), []);
});

withTools(test, "without a database of countries it says so, and the days wait", async () => {
  await web(yesterday, ['{"sip":"203.0.113.1"}']);
  assert.is((await analyse("json_log_country")).code, 1);
  assert.match(await last("json_log_country"), /^failed there is no database of countries at /);
  await root.write("usr/share/GeoIP/GeoLite2-Country.mmdb", "203. Norway\n");
  assert.is((await analyse("json_log_country")).code, 0);
});

withTools(test, "a licence key gets a database, and is on no command line", async () => {
  await root.write("etc/honeypot/secrets/maxmind", "Tr0ub4dor\n", { mode: 0o600 });
  await root.write("made/GeoLite2-Country_20261124/GeoLite2-Country.mmdb", "203. Norway\n");
  await root.stub(
    "curl",
    'printf "%s\\n" "$*" >>"${HONEYPOT_ROOT}/curl.words"\nuntil [[ "$1" == --config ]]; do shift; done\ncat -- "$2" >"${HONEYPOT_ROOT}/curl.config"\ntar --create --gzip --directory="${HONEYPOT_ROOT}/made" .',
  );
  await web(yesterday, ['{"sip":"203.0.113.1"}']);
  const { code, stderr } = await analyse("json_log_country");
  assert.is(code, 0, stderr);
  assert.is(await root.read("curl.config"), 'user = "123456:Tr0ub4dor"\n');
  assert.not.match(await root.read("curl.words"), /Tr0ub4dor/);
  assert.is((await stat(root.path("usr/share/GeoIP/GeoLite2-Country.mmdb"))).mode & 0o777, 0o644);
  await root.stub("curl", "echo 'curl: (6) Could not resolve host' >&2; exit 6");
  const old = Date.now() / 1000 - 8 * 86_400;
  await utimes(root.path("usr/share/GeoIP/GeoLite2-Country.mmdb"), old, old);
  await web(daysAgo(2), ['{"sip":"203.0.113.1"}']);
  assert.is((await analyse("json_log_country")).code, 0);
  assert.match(await last("json_log_country"), /^ok 1 of 1 days; 1 visits, 0 without a known country/);
});

withTools(test, "deletes old reports", async () => {
  await root.write(`${reports}/cowrieprocessor/2026-01-01/x_report.txt`, "");
  const old = Date.now() / 1000 - 92 * 86_400;
  await utimes(root.path(`${reports}/cowrieprocessor/2026-01-01`), old, old);
  await root.write(`${reports}/cowrieprocessor/2026-02-01/x_report.txt`, "");
  await analyse("cowrieprocessor");
  assert.equal(await readdir(root.path(`${reports}/cowrieprocessor`)), ["2026-02-01"]);
});

test.run();
