import { suite } from "uvu";
import * as assert from "uvu/assert";
import { queries } from "../../src/siem/queries.ts";
import { savedObjects } from "../../src/siem/saved-objects.ts";
import { sensorbake } from "../support/sensorbake.ts";

const test = suite("siem/queries");

test("failed logins, of each sensor and of all", () => {
  const found = queries(["fra-vps", "nyc-vps"]).filter(({ title }) => title.endsWith("failed logins"));
  assert.equal(
    found.map(({ title, kql }) => [title, kql]),
    [
      [
        "all sensors: failed logins",
        'agent.name : ("fra-vps" or "nyc-vps") and event.outcome : "login.failed"',
      ],
      ["fra-vps: failed logins", 'agent.name : ("fra-vps") and event.outcome : "login.failed"'],
      ["nyc-vps: failed logins", 'agent.name : ("nyc-vps") and event.outcome : "login.failed"'],
    ],
  );
});

test("finds a source address in every field", () => {
  const last = queries(["a"], "203.0.113.7").at(-1);
  assert.equal(last, {
    id: "sensorbake-sensor-a-everything-from-203-0-113-7",
    title: "a: everything from 203.0.113.7",
    kql: 'agent.name : ("a") and (source.ip : "203.0.113.7" or related.ip : "203.0.113.7")',
  });
});

test("saved queries have ids and titles of their own, also for a sensor called all", () => {
  const lines = savedObjects(queries(["all", "a", "b"]))
    .trimEnd()
    .split("\n");
  const objects = lines.map((line) => JSON.parse(line));
  assert.is(new Set(objects.map(({ id }) => id)).size, lines.length);
  assert.is(new Set(objects.map(({ attributes }) => attributes.title)).size, lines.length);
  for (const { type, id, attributes, references } of objects) {
    assert.is(type, "query");
    assert.match(id, /^[a-z0-9-]+$/);
    assert.equal(Object.keys(attributes).sort(), ["description", "filters", "query", "title"]);
    assert.is(attributes.query.language, "kuery");
    assert.equal([references, attributes.filters], [[], []]);
  }
});

test("the command prints titles and queries, and nothing else", async () => {
  const { code, stdout, stderr } = await sensorbake(["kql", "examples/tools.yaml", "--sensor", "fra-vps"]);
  assert.is(code, 0, stderr);
  const blocks = stdout.toString().trimEnd().split("\n\n");
  for (const block of blocks) assert.match(block, /^fra-vps: .+\nagent\.name : \("fra-vps"\) and .+$/);
});

test("an invalid address is wrong usage", async () => {
  const { code, stderr } = await sensorbake(["kql", "examples/tools.yaml", "--source", 'x" or *']);
  assert.is(code, 2);
  assert.match(stderr, /--source must be an IP address/);
});

test.run();
