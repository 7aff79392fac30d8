import { suite } from "uvu";
import * as assert from "uvu/assert";
import { showProgress, size } from "../../src/cli/shared/progress.ts";

const test = suite("cli/progress");

function fake(isTerminal: boolean) {
  const state = { text: "", time: 0 };
  const write = (text: string) => {
    state.text += text;
  };
  return { state, progress: showProgress({ write, isTerminal, columns: 80, now: () => state.time }) };
}

test("draws one line on a terminal, at most ten times a second, and takes it away", () => {
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

for (const [bytes, want] of [
  [0, "0 B"],
  [999, "999 B"],
  [1000, "1.0 kB"],
  [99_600, "100 kB"],
  [3_062_890_496, "3.1 GB"],
] as const)
  test(`says ${want} for ${bytes} bytes`, () => assert.is(size(bytes), want));

test.run();
