import { setTimeout as sleep } from "node:timers/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { OutsideError } from "../../src/diagnostics/outside-error.ts";
import { runProgram } from "../../src/emulation/run-program.ts";
import { processesBelow } from "../support/kill-tree.ts";

const test = suite("run a program");
const failure = (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => assert.unreachable(),
    (error: unknown) => error,
  );

test("returns the output", async () => {
  assert.is(await runProgram("printf", ["%s", "a b"]), "a b");
});

test("reports the exit code and the messages of a program that fails", async () => {
  const error = await failure(runProgram("sh", ["-c", "echo no disk >&2; exit 7"]));
  assert.instance(error, OutsideError);
  assert.match((error as OutsideError).message, /^sh ended with exit code 7\nno disk$/);
});

test("reports a program that is not installed", async () => {
  const error = await failure(runProgram("sensorbake-has-no-such-program", []));
  assert.instance(error, OutsideError);
  assert.is((error as OutsideError).message, "sensorbake-has-no-such-program is not installed");
});

test("ends everything that a program started when it takes too long or is interrupted", async () => {
  const before = processesBelow(process.pid).length;
  const late = await failure(runProgram("sh", ["-c", "sleep 60 & sleep 60"], { seconds: 0.3 }));
  assert.match((late as Error).message, /did not finish within 0.3 s/);
  const stop = new AbortController();
  const running = failure(runProgram("sh", ["-c", "sleep 60 & sleep 60"], { signal: stop.signal }));
  await sleep(300);
  assert.is(processesBelow(process.pid).length, before + 3);
  stop.abort(new Error("Ctrl-C"));
  assert.is(((await running) as Error).message, "Ctrl-C");
  assert.is(processesBelow(process.pid).length, before);
});

test.run();
