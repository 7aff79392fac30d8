import { suite } from "uvu";
import * as assert from "uvu/assert";
import { compile, type Extent, sensorFiles } from "../../src/artifacts/compile.ts";
import { imageFiles } from "../../src/artifacts/packer/image-files.ts";
import { readRelease } from "../../src/load/read-release.ts";
import type { Plan } from "../../src/plan/plan.ts";
import { examplePlan } from "../support/example-plan.ts";

const test = suite("artifacts/seed");
const release = await readRelease();
const secrets = new Map([["backup.password", "infected"]]);
const seed = sensorFiles(examplePlan, secrets, release, "seed");
const whole = sensorFiles(examplePlan, secrets, release);
const image = imageFiles([examplePlan], release);

test("image and seed together are the whole sensor, each file in one of them", () => {
  const together = new Map([...image, ...seed].map((file) => [file.path, file]));
  for (const file of whole) assert.equal(together.get(file.path), file);
  const inBoth = seed.filter(({ path }) => image.some((file) => file.path === path)).map(({ path }) => path);
  assert.equal(inBoth, ["/etc/default/honeypot"]);
});

test("the seed counts on the image's files by the same sums", () => {
  const text = (files: typeof seed, path: string) => files.find((file) => file.path === path)?.content;
  const wanted = text(seed, "/etc/honeypot/wanted.sha256");
  assert.match(String(wanted), /^[0-9a-f]{64} {2}\/opt\/honeypot\/first-boot\/run$/m);
  assert.is(wanted, text(image, "/etc/honeypot/baked.sha256"));
  const lines = String(wanted).trim().split("\n");
  assert.equal([...lines].sort(), lines);
});

test("the seed is a few kilobytes", () => {
  const compiled = compile(examplePlan, secrets, release, "seed");
  assert.ok(compiled.kind !== "too-large" && compiled.userData.form === "readable");
  // It lists each file of the image; EC2 takes 16 KB.
  assert.ok(compiled.kind === "compiled" && compiled.userData.bytes < 10_000);
});

test("an EC2 sensor with a baked image gets the seed automatically", () => {
  const ec2 = (kind: "baked" | "newest"): Plan => ({
    ...examplePlan,
    target: "ec2",
    ec2: { image: { kind } } as Plan["ec2"],
  });
  const paths = (plan: Plan, extent?: Extent) =>
    sensorFiles(plan, secrets, release, extent).map(({ path }) => path);
  assert.equal(paths(ec2("baked")), paths(ec2("newest"), "seed"));
  assert.equal(paths(ec2("newest")), paths(ec2("baked"), "whole"));
});

test("the same sensors give the same image in any order", () => {
  const other: Plan = { ...examplePlan, name: "b", backup: { ...examplePlan.backup, format: "tar.zst" } };
  assert.equal(imageFiles([examplePlan, other], release), imageFiles([other, examplePlan], release));
});

test.run();
