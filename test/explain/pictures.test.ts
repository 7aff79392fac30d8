import { readdirSync } from "node:fs";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { processWorld } from "../../src/cli/shared/process-world.ts";
import { explain } from "../../src/explain/explain.ts";
import type { Disk, Explanation, Job } from "../../src/explain/explanation.ts";
import type { Markup } from "../../src/explain/markup.ts";
import { clock } from "../../src/explain/pictures/clock.ts";
import { diskUse } from "../../src/explain/pictures/disk-use.ts";
import { reach } from "../../src/explain/pictures/reach.ts";
import { pictureWidth, wrapped } from "../../src/explain/pictures/shapes.ts";
import { timeline } from "../../src/explain/pictures/timeline.ts";
import { userDataUse } from "../../src/explain/pictures/user-data.ts";
import { renderHtml } from "../../src/explain/render-html.ts";
import { startSeconds } from "../../src/explain/step-seconds.ts";
import { loadSettings } from "../../src/load/load.ts";
import { packageRoot, readRelease } from "../../src/load/read-release.ts";
import { makeRandom } from "../support/random.ts";

// Every picture of every example; test/explain/golden/attic-vm.html has one of each.

const test = suite("explain/pictures");
const release = await readRelease();
const folder = join(packageRoot(), "examples");
const explanations: readonly Explanation[] = (
  await Promise.all(
    readdirSync(folder)
      .filter((name) => name.endsWith(".yaml"))
      .map((name) => loadSettings(join(folder, name), processWorld(), { readSecrets: false })),
  )
).flatMap(({ sensors }) => sensors.map(({ plan }) => explain(plan, release)));

const pictures = (each: Explanation): readonly Markup[] => [
  timeline(each.steps, "t"),
  clock(each.timetable.jobs, "t"),
  reach(each.ports, "t"),
  diskUse(each.disk, "t"),
  userDataUse(each.size, "t"),
];

const attack = `"'><img src=x onerror=alert(1)>`;

test("every shape of every example is a number within the frame", () => {
  assert.ok(explanations.length > 8);
  for (const explanation of explanations) for (const { text } of pictures(explanation)) isWithinFrame(text);
});

function isWithinFrame(text: string): void {
  assert.not.match(text, /NaN|Infinity|undefined|\de-\d/);
  const [, frame = "", height = ""] = /viewBox="0 0 (\d+) ([\d.]+)"/.exec(text) ?? [];
  assert.is(Number(frame), pictureWidth);
  const inside = (name: string, most: number) => {
    for (const [found, value] of text.matchAll(new RegExp(` ${name}="([^"]*)"`, "g"))) {
      assert.match(value ?? "", /^-?\d+(\.\d)?$/, found);
      assert.ok(Number(value) >= 0 && Number(value) <= most, `${found} of ${most}`);
    }
  };
  for (const name of ["x", "x1", "x2", "cx", "width"]) inside(name, pictureWidth);
  for (const name of ["y", "y1", "y2", "cy", "height"]) inside(name, Number(height));
  for (const [, x, y, width, tall] of text.matchAll(
    /<rect x="([^"]*)" y="([^"]*)" width="([^"]*)" height="([^"]*)"/g,
  )) {
    assert.ok(Number(x) + Number(width) <= pictureWidth + 0.2, `${x} and ${width}`);
    assert.ok(Number(y) + Number(tall) <= Number(height) + 0.2, `${y} and ${tall}`);
  }
}

test("a picture names a table of its own sensor, and every id is unique", () => {
  // Examples may use the same name; sensors of one file do not.
  const different = [...new Map(explanations.map((each) => [each.sensor, each])).values()];
  const page = renderHtml(different);
  const ids = [...page.matchAll(/ id="([^"]*)"/g)].map(([, id]) => id);
  assert.is(new Set(ids).size, ids.length);
  const named = [...page.matchAll(/aria-details="([^"]*)"/g)].map(([, id]) => id);
  assert.is(named.length, 5 * different.length);
  for (const id of named) assert.match(page, `<table id="${id}">`);
});

test("every entry of every timetable has its number on the clock or below it", () => {
  for (const { timetable } of explanations) {
    const { text } = clock(timetable.jobs, "t");
    const shown = new Set([...text.matchAll(/class="number[^"]*">(\d+)</g)].map(([, number]) => number));
    const below = /Not on the clock: ([^<]*)/.exec(text)?.[1] ?? "";
    for (const [index, { when }] of timetable.jobs.entries())
      assert.ok(shown.has(String(index + 1)) || below.includes(`${index + 1} (${when})`), when);
    assert.match(text, /\bviewBox/);
  }
});

const job = (schedule: string): Job => ({
  schedule,
  when: schedule,
  command: "x",
  does: "X.",
  runsByHour: [],
  isDaily: true,
});

test("marks of different jobs do not touch on a clock with many jobs", () => {
  const { below } = makeRandom(7);
  for (let round = 0; round < 100; round++) {
    const schedules = Array.from({ length: 12 }, () => {
      const hours = Array.from({ length: 1 + below(3) }, () => below(24));
      return `${below(60)} ${hours.join(",")} * * *`;
    });
    const { text } = clock(["17 */2 * * *", ...schedules].map(job), "t");
    isWithinFrame(text);
    const dots = [
      ...text.matchAll(/<circle cx="([\d.]+)" cy="([\d.]+)" r="7.5"[^>]*>\s*<text[^>]*>(\d+)/g),
    ].map(([, x, y, number]) => ({ x: Number(x), y: Number(y), number }));
    assert.ok(dots.length > 12 + 12);
    for (const a of dots)
      for (const b of dots)
        if (a.number !== b.number)
          assert.ok(
            Math.hypot(a.x - b.x, a.y - b.y) > 13,
            `${schedules.join("; ")}: ${a.number} and ${b.number}`,
          );
  }
});

test("runs in short intervals are an arc, those of a whole day are in the middle, and others a dot each", () => {
  const count = (schedule: string) => {
    const { text } = clock([job(schedule)], "t");
    return [
      text.match(/<path [^>]*class="arc"/g)?.length ?? 0,
      text.match(/r="7.5"/g)?.length ?? 0,
      text.includes("all day"),
    ];
  };
  assert.equal(count("30 4,16 * * *"), [0, 2, false]);
  // With its sign in the caption.
  assert.equal(count("*/10 1-5,9 * * *"), [3, 2, false]);
  assert.equal(count("*/30 * * * *"), [0, 1, true]);
  assert.equal(count("17 * * * *"), [0, 1, true]);
  assert.equal(count("17 8-18 * * *"), [2, 1, false]);
  assert.equal(count("0 0 * * *"), [0, 1, false]);
});

test("the bars of the first boot follow each other, and a step without a measurement has none", () => {
  const step = (name: string, measuredSeconds: number | undefined) => ({ name, does: "", measuredSeconds });
  const { text } = timeline([step("a", 60), step("b", undefined), step("c", startSeconds)], "t");
  const bars = [...text.matchAll(/<rect x="([\d.]+)" y="[\d.]+" width="([\d.]+)"/g)].map(([, x, width]) => [
    Number(x),
    Number(x) + Number(width),
  ]);
  assert.is(bars.length, 3);
  for (const [index, [begin = 0]] of bars.entries())
    if (index > 0) assert.ok(Math.abs(begin - (bars[index - 1]?.[1] ?? 0)) < 0.3);
  assert.match(text, ">1 min 50 s<");
  assert.match(text, ">not measured<");
  assert.match(text, "Estimates, measured with Debian on 2 emulated processors");
});

test("the map has an arrow for each network that reaches a port, and none to a closed port", () => {
  const ports = [
    { to: "tcp 1", from: ["10.0.0.0/8", "10.1.0.0/16", "while the rescue is open: anywhere"], serves: "ssh" },
    { to: "tcp 2", from: ["anywhere"], serves: "web" },
    { to: "the rest", from: [], serves: "dropped" },
  ];
  const { text } = reach(ports, "t");
  const arrows = [...text.matchAll(/class="(arrow[^"]*)"/g)].map(([, look]) => look).sort();
  // Both networks are one source.
  assert.equal(arrows, ["arrow", "arrow", "arrow rescue"]);
  assert.is(text.match(/>anywhere</g)?.length, 1);
  assert.is(text.match(/class="closed"/g)?.length, 1);
  assert.match(text, ">closed: dropped<");
  const many = Array.from({ length: 500 }, (_, index) => `10.0.${index}.0/24`);
  const crowded = reach([{ to: "tcp 1", from: many, serves: "ssh" }], "t").text;
  assert.match(crowded, ">and 497 more<");
  isWithinFrame(crowded);
});

const disk: Disk = {
  systemGigabytes: 4,
  captureGigabytes: 15,
  archiveGigabytes: 7,
  archivedDays: 14,
  spoolGigabytes: 0.1,
  neededGigabytes: 26.1,
  availableGigabytes: 17,
  sizeGigabytes: 20,
  maxUsedPercent: 85,
  captureMegabytesPerDay: 500,
  captureDays: 30,
};

test("the disk names the first day above the limit, the unknown limit, and its parts without overlap", () => {
  const day = (change: Partial<Disk>) => diskUse({ ...disk, ...change }, "t").text;
  // 4.1 GB at once, and 1 GB on each of the first 14 days.
  assert.match(day({}), "is above it from day 13;");
  // Day 12 is exactly at the limit, above which retention deletes.
  assert.match(day({ availableGigabytes: 16.1 }), "is above it from day 13;");
  assert.not.match(day({ availableGigabytes: 34, sizeGigabytes: 40 }), "above it");
  // 4.1 GB at once, and half a gigabyte on each day after the first 14.
  const years = { captureDays: 365, captureGigabytes: 182.5, neededGigabytes: 193.6 };
  assert.match(day({ ...years, availableGigabytes: 85, sizeGigabytes: 100 }), "is above it from day 148;");
  assert.match(day({ availableGigabytes: undefined, sizeGigabytes: undefined }), "The limit is unknown");
  for (const change of [
    {},
    { captureMegabytesPerDay: 1 },
    { captureMegabytesPerDay: 1_000_000, neededGigabytes: 44_004 },
  ]) {
    const text = day(change);
    isWithinFrame(text);
    const heights = [...text.matchAll(/<text x="250" y="([\d.]+)"/g)].map(([, y]) => Number(y));
    assert.is(heights.length, 4);
    for (const [index, y] of heights.entries())
      if (index > 0) assert.ok((heights[index - 1] ?? 0) - y >= 12.9, heights.join());
  }
});

test("the bar of the user-data has the limit where the bytes end that fit", () => {
  const size = { form: "readable", fetchedBytes: undefined, sentBytes: undefined, features: [] };
  const limitAt = (bytes: number, limitBytes: number | undefined) =>
    /<line x1="([\d.]+)"[^>]*class="limit"/.exec(userDataUse({ ...size, bytes, limitBytes }, "t").text)?.[1];
  assert.is(limitAt(8000, 16_000), "359");
  assert.is(limitAt(32_000, 16_000), "179");
  assert.is(limitAt(8000, undefined), undefined);
});

test("names in the pictures stay text", () => {
  const texts = [
    timeline([{ name: attack, does: "", measuredSeconds: 1 }], attack),
    clock([{ ...job("@reboot"), when: attack }], attack),
    reach([{ to: attack, from: [attack], serves: attack }], attack),
    diskUse(disk, attack),
    userDataUse(
      {
        form: "",
        bytes: 9,
        limitBytes: 9,
        fetchedBytes: undefined,
        sentBytes: undefined,
        features: [{ feature: attack, bytes: 9 }],
      },
      attack,
    ),
  ];
  for (const { text } of texts) {
    assert.not.match(text, /<img|"'>/);
    assert.match(text, "&#34;");
  }
});

test("a long word breaks, and no letter is lost", () => {
  assert.equal(wrapped("2001:db8:1234:5678::/64 b", 68), ["2001:db8:1", "234:5678::", "/64 b"]);
  assert.equal(wrapped("漢漢漢漢", 41), ["漢漢漢", "漢"]);
});

test.run();
