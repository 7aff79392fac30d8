import { createHash } from "node:crypto";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { runInNewContext } from "node:vm";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { compile } from "../../src/artifacts/compile.ts";
import { packDelivery } from "../../src/artifacts/delivery.ts";
import { processWorld } from "../../src/cli/shared/process-world.ts";
import { displayWidth } from "../../src/diagnostics/display-width.ts";
import { pathText } from "../../src/diagnostics/path-text.ts";
import { explain } from "../../src/explain/explain.ts";
import { featureOf } from "../../src/explain/features.ts";
import { overview } from "../../src/explain/overview.ts";
import { placeholders } from "../../src/explain/placeholders.ts";
import { renderHtml } from "../../src/explain/render-html.ts";
import { renderOverview } from "../../src/explain/render-overview.ts";
import { renderText } from "../../src/explain/render-text.ts";
import { clockTime, minutesOfDay, whenInWords } from "../../src/explain/schedule-words.ts";
import { style } from "../../src/explain/style.ts";
import { timetable } from "../../src/explain/timetable.ts";
import { loadSettings, type SensorPlan } from "../../src/load/load.ts";
import { packageRoot, readRelease } from "../../src/load/read-release.ts";
import { once } from "../../src/plan/once.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { secretsOf } from "../../src/plan/secrets.ts";
import { examplePlan } from "../support/example-plan.ts";

const test = suite("explain");
const release = await readRelease();
const folder = join(packageRoot(), "examples");
const sensors: readonly SensorPlan[] = (
  await Promise.all(
    readdirSync(folder)
      .filter((name) => name.endsWith(".yaml"))
      .map((name) => loadSettings(join(folder, name), processWorld(), { readSecrets: false })),
  )
).flatMap((loaded) => loaded.sensors);

// Explaining compiles, which takes time.
const explained = once((plan: Plan) => explain(plan, release));

const schedules: readonly (readonly [schedule: string, words: string])[] = [
  ["0 3 * * *", "03:00"],
  ["* * * * *", "every minute"],
  ["*/15 * * * *", "every 15 minutes"],
  ["17 * * * *", "every hour at :17"],
  ["5,35 8-9 * * *", "08:05, 08:35, 09:05, 09:35"],
  ["0-59/7 * * * *", "216 times from 00:00 to 23:56"],
  ["45 1 * * 1", "01:45 on Mondays"],
  ["45 1 * * 1-5", "01:45 on Mondays, Tuesdays, Wednesdays, Thursdays, Fridays"],
  ["45 1 * * 0,7", "01:45 on Sundays"],
  ["0 0 1 * *", "00:00 on day 1 of the month"],
  ["0 0 1 * sun", "00:00 on Sundays and on day 1 of the month"],
  ["0 4 * 1,7 *", "04:00 in January, July"],
  ["0 4 29 2 *", "04:00 on day 29 of the month in February"],
  ["@reboot", "at each boot"],
];
for (const [schedule, words] of schedules)
  test(`says "${schedule}" as "${words}"`, () => {
    assert.is(whenInWords(schedule), words);
  });

test("minutes of the day are those of the fields, whatever the days are", () => {
  assert.equal(minutesOfDay("30 2,14 29 2 *").map(clockTime), ["02:30", "14:30"]);
  assert.is(minutesOfDay("* * * * *").length, 1440);
  assert.equal(minutesOfDay("@reboot"), []);
});

test("reads a crontab as cron does: no variables, no comments, any user, any command", () => {
  const content = `SHELL=/bin/sh
# 1 2 3 4 5 root /nothing
MAILTO="a b c d e f"
5 4 * * mon	nobody	/opt/honeypot/scripts/new.sh --fast 2>&1 | logger
@reboot root /usr/bin/true
`;
  const script = "#!/usr/bin/env bash\n# Does something new.\n";
  const { jobs, offset } = timetable({ timezone: "Europe/Berlin", upkeep: undefined }, [
    { path: "/etc/cron.d/other", mode: 0o644, content },
    { path: "/opt/honeypot/scripts/new.sh", mode: 0o700, content: script },
  ]);
  assert.equal(
    jobs.map(({ when, command, does, isDaily }) => [when, command, does, isDaily]),
    [
      ["04:05 on Mondays", "new.sh --fast", "Does something new.", false],
      ["at each boot", "true", "/usr/bin/true", false],
    ],
  );
  assert.is(offset, "UTC+01:00, in July UTC+02:00");
});

test("upstream's daily reboot is at the time of the settings", () => {
  const reboots = (dailyReboot: string) =>
    timetable({ timezone: "Etc/UTC", upkeep: { dailyReboot } }, []).jobs.map(({ when }) => when);
  assert.equal(reboots("30 4 * * *"), ["04:30"]);
  assert.equal(reboots("keep"), ["once a day"]);
  assert.equal(reboots("off"), []);
});

test("every step and every task of every example has a description", () => {
  for (const { plan } of sensors) {
    const { steps, timetable, services } = explained(plan);
    assert.ok(steps.length > 4 && timetable.jobs.length > 3);
    for (const { name, does } of steps) assert.match(does, /^[A-Z].*\.$/, name);
    for (const { command, does } of timetable.jobs) assert.match(does, /^[A-Z].*\.$/, command);
    for (const { unit, does } of services) assert.ok(does !== "", unit);
  }
});

test("a rescue opens no security group, and says so", () => {
  const rescue = { afterMinutes: 30, openMinutes: 60 };
  const rescueOf = (target: "nocloud" | "ec2") => {
    const { ports, choices } = explain({ ...examplePlan, target, rescue }, release);
    return [ports[0]?.from, choices.find(({ about }) => about === "rescue")?.is.includes("security group")];
  };
  assert.equal(rescueOf("nocloud"), [["198.51.100.0/24", "while the rescue is open: anywhere"], false]);
  assert.equal(rescueOf("ec2"), [
    ["198.51.100.0/24", "while the rescue is open: as the security group allows"],
    true,
  ]);
});

test("finds for every secret a file that only root may read, and none that others may", () => {
  for (const { plan } of sensors) {
    const { secrets } = explained(plan);
    for (const { path } of secretsOf(plan)) {
      const places = secrets.find(({ setting }) => setting === pathText(path))?.places ?? [];
      assert.ok(places.length > 0, `${plan.name}: ${pathText(path)}`);
      for (const place of places) assert.match(place.mode, /^0[67]00$/, `${plan.name}: ${place.path}`);
    }
  }
});

test("the places of secrets and the sizes do not depend on sensors that were explained before", () => {
  for (const { plan } of sensors) {
    const [first, again] = [explain(plan, { ...release }), explained(plan)];
    assert.equal(again.secrets, first.secrets, plan.name);
    assert.equal(again.size, first.size, plan.name);
  }
});

test("the estimate of what is sent over SSH is a little above the real size", () => {
  const [plan] = sensors.flatMap((each) => (each.plan.delivery === "ssh" ? [each.plan] : []));
  const ssh = { ...(plan ?? examplePlan), delivery: "ssh" } as const;
  const compiled = compile(ssh, placeholders(ssh), release);
  if (compiled.kind === "too-large" || compiled.delivery === undefined) throw new Error("nothing is sent");
  const real = packDelivery(compiled.delivery).archive.byteLength;
  const estimate = explain(ssh, release).size.sentBytes ?? 0;
  assert.ok(estimate >= real && estimate < 1.1 * real, `${estimate}, really ${real}`);
});

test("the shares of the features add up to the user-data that is built of the same values", () => {
  for (const { plan } of sensors) {
    const { size } = explained(plan);
    assert.is(
      size.features.reduce((sum, { bytes }) => sum + bytes, 0),
      size.bytes,
    );
    if (secretsOf(plan).some(({ secret }) => secret.kind !== "literal")) continue;
    const secrets = new Map(
      secretsOf(plan).map(({ path, secret }) => [
        pathText(path),
        secret.kind === "literal" ? secret.value : "",
      ]),
    );
    const compiled = compile(plan, secrets, release);
    if (compiled.kind === "too-large") throw new Error("an example is too large");
    assert.is(size.bytes, compiled.userData.bytes, plan.name);
  }
});

test("a sensor from a baked image is launched with its seed, and is explained like any other", () => {
  const sensor = sensors.find(({ plan }) => plan.ec2 !== undefined);
  if (sensor?.plan.ec2 === undefined) throw new Error("no example is of EC2");
  const baked = { ...sensor.plan, ec2: { ...sensor.plan.ec2, image: { kind: "baked" as const } } };
  const [before, after] = [explain(sensor.plan, release), explain(baked, release)];
  const whole = explain({ ...sensor.plan, programsUrl: undefined, delivery: "user-data" }, release);
  assert.ok(after.size.bytes < whole.size.bytes / 2);
  assert.equal(after.steps, before.steps);
  assert.equal(after.timetable, before.timetable);
});

test("an unknown feature appears under its own name", () => {
  assert.is(featureOf("/opt/honeypot/first-boot/77-teleport.sh"), "teleport");
  assert.is(featureOf("/usr/local/lib/honeypot/status/teleport.sh"), "teleport");
  assert.is(featureOf("/etc/systemd/system/honeypot-first-boot.service.d/boot-partition.conf"), "first boot");
});

test("explains a sensor that is too large", () => {
  const large = {
    ...release,
    templates: [...release.templates, { path: "/opt/honeypot/noise", text: noise(40_000) }],
  };
  const { size } = explain({ ...examplePlan, target: "ec2", delivery: "user-data" }, large);
  assert.is(size.form, "too large");
  assert.ok(size.bytes > (size.limitBytes ?? 0));
  assert.is(size.features[0]?.feature, "noise");
});

test("explains that programs that do not fit are fetched", () => {
  const noisy = { path: "/opt/honeypot/scripts/noise.sh", text: noise(40_000) };
  const plan = {
    ...examplePlan,
    target: "ec2",
    programsUrl: "http://files.example.org:8080/sensors",
  } as const;
  const { size, outgoing } = explain(plan, { ...release, templates: [...release.templates, noisy] });
  assert.is(size.form, "readable");
  assert.ok((size.fetchedBytes ?? 0) > 16_384, String(size.fetchedBytes));
  assert.not(size.features.some(({ feature }) => feature === "noise"));
  assert.is(outgoing.find(({ why }) => why.includes("programs"))?.port, "tcp 8080");
});

test("no line is wider than the terminal, at 66 columns, at 80 and at 120", () => {
  for (const width of [66, 80, 120])
    for (const line of renderText(
      sensors.map(({ plan }) => explained(plan)),
      { width, color: false },
    ).split("\n"))
      assert.ok(line.length <= width || !line.trim().includes(" "), line);
});

test("the text of a wide terminal is at most 100 columns wide beside its headings", () => {
  const [first] = sensors;
  assert.ok(first);
  const lines = renderText([explained(first.plan)], { width: 300, color: false }).split("\n");
  const texts = lines.map((line) => line.split(/ {2,}/).at(-1)?.length ?? 0);
  assert.ok(Math.max(...texts) <= 100 && Math.max(...texts) > 80, String(texts));
});

test("the page escapes its texts and is self-contained", () => {
  const wifi = {
    ssid: `<b onload="x">&'`,
    security: "open",
    psk: undefined,
    country: "DE",
    isHidden: false,
  } as const;
  const page = renderHtml([explain({ ...examplePlan, target: "pi", piBoot: "cloudinit", wifi }, release)]);
  assert.match(page, "&#60;b onload=&#34;x&#34;&#62;&#38;&#39;");
  assert.not.match(page, /<(script|link|img|iframe)|https?:|url\(|@import/);
  const open = [...page.matchAll(/<([a-z]\w*)(?:\s[^>]*)?(?<!\/)>/g)].map(([, name]) => name);
  const closed = [...page.matchAll(/<\/([a-z]\w*)>/g)].map(([, name]) => name);
  assert.equal(open.filter((name) => name !== "meta").sort(), closed.sort());
});

test("the page of many sensors has a search, and a policy that allows only this script", () => {
  const plans = ["pi-1", "search", "pi-2"].map((name, index) => ({
    ...examplePlan,
    name,
    timezone: ["Europe/Berlin", "Etc/UTC", "America/New_York"][index] ?? "",
    address: `${name}.example.org`,
  }));
  const page = renderHtml(
    plans.map((plan) => explained(plan)),
    overview(plans, "<b>12</b> dollars"),
  );
  const [, script = ""] = /<script>([\s\S]*?)<\/script>/.exec(page) ?? [];
  const hashOf = (content: string) => createHash("sha256").update(content).digest("base64");
  assert.match(
    page,
    `default-src 'none'; style-src 'sha256-${hashOf(style)}'; script-src 'sha256-${hashOf(script)}'; base-uri 'none'`,
  );
  assert.match(page, "&#60;b&#62;12");
  // The address is the same decision for all.
  assert.match(page, '<th scope="row">address</th><td>{sensor}.example.org</td>');
  const [, table = ""] = /differences">[\s\S]*?<table>([\s\S]*?)<\/table>/.exec(page) ?? [];
  assert.equal(
    [...table.matchAll(/<th scope="(?:col|row)">(.*?)<\/th>/g)].map(([, cell]) => cell),
    ["sensor", "time zone", ...plans.map(({ name }) => `<a href="#${name}">${name}</a>`)],
  );

  // As much of a browser as the script needs.
  const rows = ["head", ...plans.map(({ name, timezone }) => `${name} ${timezone}`)].map((textContent) => ({
    textContent,
    hidden: false,
  }));
  const articles = plans.map(() => ({ hidden: false }));
  let search = () => {};
  const field = {
    value: "",
    hidden: true,
    addEventListener: (_: string, run: () => void) => {
      search = run;
    },
  };
  const found = { textContent: "" };
  const document = {
    getElementById: (id: string) => (id === "_search" ? field : found),
    querySelectorAll: (selector: string) => (selector === "article" ? articles : rows),
  };
  runInNewContext(script, { document });
  assert.not(field.hidden);
  const shown = (value: string) => {
    field.value = value;
    search();
    return [
      ...articles.map(({ hidden }, index) => (hidden === rows[index + 1]?.hidden ? hidden : "differs")),
      found.textContent,
    ];
  };
  assert.equal(shown("PI- berlin"), [false, true, true, "1 of 3"]);
  assert.equal(shown("utc"), [true, false, true, "1 of 3"]);
  assert.equal(shown("  "), [false, false, false, ""]);
});

test("an overview of a thousand sensors groups those that are alike, and fits the terminal", () => {
  const plans = Array.from({ length: 1000 }, (_, index) => ({
    ...examplePlan,
    name: `sensor-${index}`,
    timezone: index % 2 === 0 ? "Etc/UTC" : "\u001b[2JEurope/Berlin",
    disk: { ...examplePlan.disk, sizeGigabytes: index < 10 ? undefined : 40 + (index % 2) },
  }));
  const text = renderOverview(overview(plans, undefined), { width: 60, color: false });
  const lines = text.split("\n");
  assert.ok(lines.length < 60, String(lines.length));
  assert.not.match(text, "\u001b");
  const at = lines.indexOf("Differences");
  for (const line of lines.slice(at, at + 6)) assert.ok(line.length <= 60, line);
  assert.match(text, /sensor-11 and 494 more/);
  assert.match(text, /the sizes of\s+10\s+disks\s+are\s+not\s+known/);
});

test("an overview aligns the columns behind a long cell of wide characters", () => {
  const plans = ["x", "漢".repeat(32)].map((ssid, index) => ({
    ...examplePlan,
    name: `pi-${index}`,
    wifi: { ssid, security: "open", psk: undefined, country: "DE", isHidden: false } as const,
    timezone: ["Etc/UTC", "Europe/Berlin"][index] ?? "",
  }));
  const lines = renderOverview(overview(plans, undefined), { width: 80, color: false }).split("\n");
  const at = lines.indexOf("Differences");
  assert.equal(
    lines.slice(at + 2, at + 4).map((line) => displayWidth(line.slice(0, line.indexOf("E")))),
    [41, 41],
  );
});

test("an overview does not take a part of a word for a sensor's name", () => {
  const [{ transfer } = { transfer: undefined }] = sensors.flatMap(({ plan }) =>
    plan.transfer ? [plan] : [],
  );
  if (transfer === undefined) throw new Error("no example has a transfer");
  const plans = ["a", "b"].map((name) => ({
    ...examplePlan,
    name,
    transfer: { ...transfer, user: `backup-${name}`, host: "backup.example.org", path: `/data/${name}` },
  }));
  const { columns, shared } = overview(plans, undefined);
  assert.equal(columns, []);
  assert.equal(
    shared.flatMap(({ about, is }) => (about === "transfer" ? [is] : [])),
    ["backup-{sensor}@backup.example.org:2222:/data/{sensor}"],
  );
});

test("each table of the page has a header for each of its columns", () => {
  const page = renderHtml(sensors.map(({ plan }) => explained(plan)));
  const tables = [...page.matchAll(/<table[^>]*>(.*?)<\/table>/gs)].map(([, table = ""]) => table);
  assert.ok(tables.length > 50, String(tables.length));
  for (const table of tables) {
    const [head = "", ...rows] = table.split("<tr>").slice(1);
    const columns = head.match(/<th scope="col">[a-z ]+<\/th>/g)?.length;
    for (const row of rows) assert.is(row.match(/<t[hd][ >]/g)?.length, columns, row);
  }
});

test("the page fits a phone: long words break, a row is a block", () => {
  assert.match(style, /body \{[^}]*overflow-wrap: anywhere/);
  assert.not.match(style, /nowrap|overflow-x|min-width: \d{2,}rem/);
  const [, phone = ""] = /@media \(max-width: 40rem\) \{(.*?)\n\}?@media print/s.exec(style) ?? [];
  assert.match(phone, "tr, tr > * { display: block;");
});

test("does not claim that archives are deleted on the server if they never are", () => {
  const transfer = sensors.find(({ plan }) => plan.transfer !== undefined)?.plan.transfer;
  if (transfer === undefined) throw new Error("no example has a transfer");
  const said = (keepDays: number) => {
    const { choices, timetable } = explain({ ...examplePlan, transfer: { ...transfer, keepDays } }, release);
    const job = timetable.jobs.find(({ command }) => command === "transfer.sh");
    return `${choices.find(({ about }) => about === "transfer")?.is}\n${job?.does}`;
  };
  assert.match(said(0), /; never deleted there\n.*only if transfer\.keep_days is set\.$/);
  assert.match(said(90), /; kept there 90 days\n/);
});

test("a restricted security group limits the destinations of the honeypot's users", () => {
  const sensor = sensors.find(({ plan }) => plan.ec2 !== undefined)?.plan;
  if (sensor?.ec2 === undefined) throw new Error("no example is on EC2");
  const { ec2 } = sensor;
  for (const [egress, want] of [
    ["anywhere", "can reach everything"],
    ["restricted", "can reach all that the security group allows"],
  ] as const) {
    const plan = { ...sensor, security: { egress: "open" }, ec2: { ...ec2, egress } } as const;
    const { choices } = explained(plan);
    assert.match(choices.find(({ about }) => about === "egress")?.is ?? "", want);
  }
});

test("a port that drops everything is shown as closed, and the rescue is shown beside the admin's networks", () => {
  for (const { plan } of sensors) {
    const text = renderText([explained(plan)], { width: 200, color: false });
    for (const line of text.split("\n"))
      if (/every other port by IPv[46]/.test(line)) assert.match(line, /dropped +no one$/);
    if (plan.rescue !== undefined)
      assert.match(text, new RegExp(`tcp ${plan.admin.sshPort} .*, while the rescue is open: `));
  }
});

test("a setting cannot send control characters to the terminal", () => {
  const nasty = { ...explain(examplePlan, release), sensor: "\u001b[31m", os: "\u202e" };
  const text = renderText([{ ...nasty, choices: [{ about: "\u0007", is: "\u001b]0;" }] }], {
    width: 80,
    color: false,
  });
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be there
  assert.not.match(text, /[\u0000-\u0009\u000b-\u001f\u202e]/);
});

// Text that does not compress, the same each time.
function noise(length: number): string {
  let state = 1;
  return Array.from({ length }, () => {
    state = (state * 1103515245 + 12345) % 2 ** 31;
    return String.fromCharCode(33 + ((state >> 8) % 90));
  }).join("");
}

test.run();
