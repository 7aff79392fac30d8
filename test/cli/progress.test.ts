import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { showCollection } from "../../src/cli/collect/progress.ts";
import { counted, showProgress, size, statusLine } from "../../src/cli/shared/progress.ts";
import { numberOf } from "../../src/diagnostics/number-of.ts";
import { ed25519Key } from "../support/keys.ts";
import { recordedStreams } from "../support/recorded-streams.ts";
import { sensorbake } from "../support/sensorbake.ts";
import { typeTo } from "../support/typist.ts";

const test = suite("cli/progress");

function fake(isTerminal: boolean) {
  const state = { text: "", time: 0, tick: undefined as (() => void) | undefined };
  const write = (text: string) => {
    state.text += text;
  };
  const every = (_: number, work: () => void) => {
    state.tick = work;
    return () => {
      state.tick = undefined;
    };
  };
  const line = statusLine({ write, isTerminal, columns: 80, now: () => state.time, every });
  return { state, line, progress: showProgress(line) };
}

test("draws one line on a terminal, at most ten times a second, and erases it", () => {
  const { state, progress } = fake(true);
  const report = progress.stage("attic-pi", 4_000_000_000);
  for (let step = 1; step <= 20; step++) {
    state.time = step * 50;
    report(step * 100_000_000);
  }
  const lines = state.text.split("\r").slice(1);
  assert.is(lines.length, 10);
  assert.is(
    lines.at(-1),
    "attic-pi [##########............] 47 %  1.9 GB of 4.0 GB, 2.0 GB/s, 0:02 left\x1b[K",
  );
  state.text = "";
  progress.end();
  assert.is(state.text, "\r\x1b[K");
});

test("writes a whole line now and then elsewhere, and one at the end", () => {
  const { state, progress } = fake(false);
  const report = progress.stage("attic-pi", 1000);
  for (let second = 1; second <= 25; second++) {
    state.time = second * 1000;
    report(second * 40);
  }
  assert.is(
    state.text,
    "attic-pi 4 %  40 B of 1.0 kB, 40 B/s, 0:24 left\nattic-pi 44 %  440 B of 1.0 kB, 40 B/s, 0:14 left\nattic-pi 84 %  840 B of 1.0 kB, 40 B/s, 0:04 left\nattic-pi 100 %  1.0 kB of 1.0 kB, 40 B/s\n",
  );
  progress.end();
});

test("shows the oldest of parts that run side by side", () => {
  const { state, progress } = fake(true);
  const [first, second] = [progress.stage("first", 100), progress.stage("second", 100)];
  state.time = 1000;
  second(50);
  assert.match(state.text, /^\rfirst /);
  first(100);
  state.time = 2000;
  second(60);
  assert.match(state.text, /\rsecond \[#+\.+\] 60 %/);
});

test("counts sensors on a terminal, with the remaining time, and erases the line after the last one", () => {
  const { state, line } = fake(true);
  const shown: string[] = [];
  for (const _ of counted(Array.from({ length: 1200 }), "building", "sensors", line)) {
    state.time += 10;
    if (state.text !== "") shown.push(state.text);
    state.text = "";
  }
  assert.is(
    shown.at(-1),
    "\rbuilding [##########################] 99 %  1,190 of 1,200 sensors, 0:01 left\x1b[K",
  );
  assert.is(state.text, "\r\x1b[K");
  assert.is(state.tick, undefined);
});

test("redraws the line each second while nothing finishes", () => {
  const { state, progress } = fake(true);
  const finished = progress.count("asking", 3, "sensors");
  state.time = 400;
  state.tick?.();
  assert.is(state.text, "");
  state.time = 2000;
  state.tick?.();
  assert.match(state.text, /^.asking \[\.+\] 0 %\s+0 of 3 sensors, 0:02 so far/s);
  finished();
  state.time = 4000;
  state.text = "";
  state.tick?.();
  assert.match(state.text, /33 %\s+1 of 3 sensors, 0:08 left/);
  // The other two should have needed 4 seconds.
  state.time = 7000;
  state.tick?.();
  assert.match(state.text, /33 %\s+1 of 3 sensors, 0:07 so far/);
  progress.end();
  assert.is(state.tick, undefined);
});

test("stops the line when the work fails", () => {
  const { state, line } = fake(true);
  assert.throws(() => {
    for (const _ of counted([1, 2], "building", "sensors", line)) throw new Error("full disk");
  }, "full disk");
  assert.is(state.tick, undefined);
});

test("counts nothing outside a terminal", () => {
  const { state, line } = fake(false);
  for (const _ of counted([1, 2, 3], "building", "sensors", line)) state.time += 20_000;
  assert.is(state.text, "");
});

test("shows a collection before its first answer, and each archive above the line", () => {
  const { state, line } = fake(true);
  const said: string[] = [];
  const streams = { ...recordedStreams().streams, say: (text: string) => void said.push(text), status: line };
  const shown = showCollection(streams);
  state.time = 3000;
  state.tick?.();
  assert.is(state.text, "\rlisting the archives, 0:03 so far\x1b[K");
  shown.tell({ kind: "found", sensor: "pi", archives: 2, bytes: 200 });
  state.time = 4000;
  shown.tell({ kind: "done", sensor: "pi", file: "a.7z", what: "fetched", size: 100, seconds: 1 });
  assert.equal(said, ["a.7z  100 B, 100 B/s"]);
  assert.match(state.text, /\r1 of 2 archives, 50 %, 100 B of 200 B/);
  shown.end();
  assert.is(state.tick, undefined);
});

// The real command: many sensors, so that it takes more than half a second.
const many = `version: 1
defaults: {target: hetzner, delivery: ssh, admin: {ssh_keys: ["${ed25519Key}"], allow_from: [198.51.100.0/24]}}
sensors: [{name: "pi-[001-900]"}]
`;

for (const [where, env, isShown] of [
  ["a terminal", { TERM: "xterm" }, true],
  ["a terminal without colours", { TERM: "xterm", NO_COLOR: "1" }, true],
  ["a CI job", { TERM: "xterm", CI: "true" }, false],
  ["a dumb terminal", { TERM: "dumb" }, false],
] as const)
  test(`${isShown ? "shows" : "does not show"} the progress of a build on ${where}, and its total`, async () => {
    const folder = mkdtempSync(join(tmpdir(), "sensorbake-progress-"));
    try {
      writeFileSync(join(folder, "many.yaml"), many);
      const { code, screen } = await typeTo(["build", "many.yaml", "-o", "out"], [], { cwd: folder, env });
      assert.is(code, 0, screen);
      assert.is(/\rbuilding \[#*\.+\] +\d+ % +\d+ of 900 sensors, 0:\d\d left/.test(screen), isShown);
      assert.match(screen, "900 sensors: 900 with programs and secrets over SSH");
      assert.not.match(screen.split("900 sensors: 900")[1] ?? "", "building");
      // Results and messages are broken between words.
      for (const line of screen.split(/[\r\n]+/)) assert.ok(line.length <= 80, line);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

test("writes no progress into a pipe", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sensorbake-progress-"));
  try {
    writeFileSync(join(folder, "many.yaml"), many);
    const { code, stderr } = await sensorbake([
      "build",
      join(folder, "many.yaml"),
      "-o",
      join(folder, "out"),
    ]);
    assert.is(code, 0, stderr);
    assert.not.match(stderr, "building");
    assert.match(stderr, "900 sensors: 900 with programs and secrets over SSH");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

for (const [count, want] of [
  [0, "0 sensors"],
  [1, "1 sensor"],
  [999, "999 sensors"],
  [1000, "1,000 sensors"],
  [1_234_567, "1,234,567 sensors"],
] as const)
  test(`says ${want}`, () => assert.is(numberOf(count, "sensor"), want));

for (const [bytes, want] of [
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.0 kB"],
  [99_600, "100 kB"],
  [3_062_890_496, "3.1 GB"],
] as const)
  test(`says ${want} for ${bytes} bytes`, () => assert.is(size(bytes), want));

test.run();
