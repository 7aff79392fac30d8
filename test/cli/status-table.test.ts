import { suite } from "uvu";
import * as assert from "uvu/assert";
import { renderHealth } from "../../src/cli/status/render-table.ts";
import { OutsideError } from "../../src/diagnostics/outside-error.ts";
import { examplePlan } from "../support/example-plan.ts";

const test = suite("cli/status-table");

const silent = (name: string, reason: string) => ({
  plan: { ...examplePlan, name },
  address: "192.0.2.7",
  answer: new OutsideError(reason),
  drift: [],
});
const long = "ssh: connect to host 192.0.2.7 port 12222: Connection refused";

test("shows each reason on a line of its own if one of them does not fit beside its sensor", () => {
  const states = [silent("fra-1", "short"), silent("lab-vm", long)];
  const lines = ["SENSOR  HEALTH", "fra-1   no answer", "  short", "lab-vm  no answer", `  ${long}`, ""];
  assert.is(renderHealth(states, { width: 79, color: false }), lines.join("\n"));
  const wide = ["SENSOR  HEALTH     REASON", "fra-1   no answer  short", `lab-vm  no answer  ${long}`, ""];
  assert.is(renderHealth(states, { width: 80, color: false }), wide.join("\n"));
});

test("leaves a reason whole that is wider than the terminal, which breaks it between words", () => {
  const text = renderHealth([silent("fra-1", `${long} ${long}`)], { width: 60, color: false });
  assert.is(text, `SENSOR  HEALTH\nfra-1   no answer\n  ${long} ${long}\n`);
});

test.run();
