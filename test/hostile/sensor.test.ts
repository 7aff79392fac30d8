import { suite } from "uvu";
import * as assert from "uvu/assert";
import { type AttackedScript, attack, attackSeeds, attackTools } from "../support/attacked-sensor.ts";
import { collected } from "../support/collected.ts";
import { needs } from "../support/needs.ts";
import type { ScratchRoot } from "../support/scratch-root.ts";

/** To add a script, add a line. */
const scripts: readonly AttackedScript[] = [
  { name: "collect", script: "opt/honeypot/scripts/collect.sh", judge: hasCollected },
];

const test = suite("an attacker on the sensor");

for (const script of scripts)
  for (const seed of attackSeeds())
    needs(...attackTools)(test, `gains nothing from ${script.name} (seed ${seed})`, () =>
      attack(script, seed),
    );

test.run();

async function hasCollected(scratch: ScratchRoot): Promise<void> {
  const text = Object.values(collected(scratch)).join("");
  for (const line of ["a packet\n", "a visitor\n", "a line\n"]) assert.ok(text.includes(line), line);
  const notes = await scratch.read("var/lib/honeypot/state/collect.notes");
  for (const path of ["cowrie.json", "cowrie.json.1", "cowrie.json.2.gz"])
    assert.match(notes, new RegExp(`^(bad|note): /srv/cowrie/var/log/cowrie/${path}: `, "m"));
  assert.not(await scratch.exists("var/log/honeypot/.collecting"));
}
