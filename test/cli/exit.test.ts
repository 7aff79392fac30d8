import { suite } from "uvu";
import * as assert from "uvu/assert";
import { exitCodeOf, exitCodes, UsageError } from "../../src/cli/shared/exit.ts";
import { processStreams } from "../../src/cli/shared/streams.ts";
import { OutsideError } from "../../src/diagnostics/outside-error.ts";

const test = suite("cli/exit");

function ended(error: unknown, signal = new AbortController().signal) {
  const said: string[] = [];
  const streams = { ...processStreams(), say: (line: string) => void said.push(line) };
  return { code: exitCodeOf(error, streams, signal), said };
}

test("wrong usage and the world's failures are a line and a hint", () => {
  assert.equal(ended(new UsageError("which one?", "say --sensor")), {
    code: exitCodes.usage,
    said: ["sensorbake: which one?", "  = help: say --sensor"],
  });
  assert.equal(ended(new OutsideError("a device \x1b[2J", "first\nsecond \x1b[m")).said, [
    "sensorbake: a device \\u{1b}[2J",
    "  = help: first\nsecond \\u{1b}[m",
  ]);
  assert.equal(ended(new OutsideError("no server answers")), {
    code: exitCodes.outside,
    said: ["sensorbake: no server answers"],
  });
  const full = Object.assign(new Error("ENOSPC: write"), {
    code: "ENOSPC",
    syscall: "write",
    path: "/out/a",
  });
  assert.equal(ended(full), {
    code: exitCodes.outside,
    said: ["sensorbake: no space left on the disk: /out/a"],
  });
});

test("a bug is called one, with its stack and an exit code of its own", () => {
  const { code, said } = ended(new TypeError("undefined is not a sensor"));
  assert.is(code, exitCodes.bug);
  assert.match(said.join("\n"), /a bug in sensorbake[\s\S]*TypeError: undefined is not a sensor\n +at /);
});

test("an interruption is not a failure", () => {
  assert.is(ended(new Error("cut off"), AbortSignal.abort()).code, exitCodes.interrupted);
});

test.run();
