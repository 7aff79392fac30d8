import { suite } from "uvu";
import * as assert from "uvu/assert";
import { OutsideError } from "../../src/diagnostics/outside-error.ts";
import { changesNothing, readChangePlan } from "../../src/machines/change-plan.ts";

const test = suite("machines/change-plan");

test("reads every kind of line", () => {
  const plan = readChangePlan(
    [
      "machine\tsensor\tsensorbake 0.1.0",
      "file\tadd\t/etc/a",
      "file\tchange\t/etc/b",
      "drift\t/etc/b",
      "file\tremove\t/etc/c",
      "setting\tcapture.keep_days\t14\t7",
      "setting\tbackup.password\t\t(secret)",
      "package\tinstall\tage",
      "unit\trestart\tssh.service",
      "step\tnow\t20-admin",
      "step\tlater\t50-dshield",
      "",
    ].join("\n"),
  );
  assert.equal(plan, {
    machine: "sensor",
    madeBy: "sensorbake 0.1.0",
    files: [
      { action: "add", path: "/etc/a", isDrift: false },
      { action: "change", path: "/etc/b", isDrift: true },
      { action: "remove", path: "/etc/c", isDrift: false },
    ],
    settings: [
      { name: "capture.keep_days", before: "14", after: "7" },
      { name: "backup.password", before: "", after: "(secret)" },
    ],
    others: [
      { subject: "package", action: "install", name: "age" },
      { subject: "unit", action: "restart", name: "ssh.service" },
    ],
    steps: ["20-admin"],
    laterSteps: ["50-dshield"],
  });
  assert.not.ok(changesNothing(plan));
});

test("a sensor without further lines changes nothing; another machine always does", () => {
  assert.ok(changesNothing(readChangePlan("machine\tsensor\tsensorbake 0.1.0\n")));
  assert.not.ok(changesNothing(readChangePlan("machine\tfresh\tthis machine\n")));
  assert.not.ok(changesNothing(readChangePlan("machine\tsensor\t\npackage\tinstall\tage\n")));
});

const refused: readonly (readonly [name: string, text: string, message: RegExp])[] = [
  ["nothing", "", /^the machine sent an unexpected plan: nothing$/],
  ["a greeting before the plan", "Welcome!\nmachine\tsensor\t\n", /unexpected plan: Welcome!$/],
  ["an unknown machine", "machine\ttoaster\t\n", /unexpected plan: machine toaster $/],
  ["a name of the prototype as the machine", "machine\tconstructor\t\n", /unexpected plan/],
  ["a second machine", "machine\tsensor\t\nmachine\tsensor\t\n", /unexpected plan: machine sensor $/],
  ["an unknown line", "machine\tsensor\t\nrun\trm\t/\n", /unexpected plan: run rm \/$/],
  ["an unknown change of a file", "machine\tsensor\t\nfile\tlink\t/etc/a\n", /unexpected plan: file link/],
  ["the machine's refusal", "refuse\tthe disk is full\n", /^the disk is full$/],
  ["a refusal without a reason", "refuse\t\n", /^the machine refuses the change$/],
];
for (const [name, text, message] of refused)
  test(`refuses ${name}`, () => {
    assert.match(failure(text).message, message);
  });

test("shows no control character of the machine, and no endless text", () => {
  const hostile = "\u001b]0;x\u0007\u202e";
  const plan = readChangePlan(`machine\tsensor\t${hostile}\nsetting\tname${hostile}\t${hostile}\t\r\n`);
  const shown = JSON.stringify(plan);
  for (const character of ["\u001b", "\u0007", "\u202e", "\r"])
    assert.not.ok(shown.includes(JSON.stringify(character).slice(1, -1)));
  for (const text of [`refuse\t${hostile}`, `machine\tsensor\t\n${hostile}`]) {
    const { message } = failure(text + "x".repeat(100_000));
    assert.not.ok(message.includes("\u001b"));
    assert.ok(message.length < 600, String(message.length));
  }
});

function failure(text: string): OutsideError {
  try {
    readChangePlan(text);
  } catch (error) {
    assert.instance(error, OutsideError);
    return error as OutsideError;
  }
  throw new Error("the plan was accepted");
}

test.run();
