import fc from "fast-check";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { compile } from "../../src/artifacts/compile.ts";
import { judge } from "../../src/cli/init/judge.ts";
import { defaultAnswers } from "../../src/init/answers.ts";
import { settingsText } from "../../src/init/settings-text.ts";
import { loadSettings } from "../../src/load/load.ts";
import { readRelease } from "../../src/load/read-release.ts";
import { targets } from "../../src/plan/targets.ts";
import { ed25519Key } from "../support/keys.ts";
import { nasty } from "../support/nasty.ts";
import { virtualWorld } from "../support/virtual-world.ts";

const test = suite("init/settings-text");
const usual = defaultAnswers([ed25519Key]);
const release = await readRelease();

// Any typed text is read back as this text: not as a key, a comment or a number.
function comesBack(typed: string): void {
  const settings = parse(
    settingsText({
      name: typed,
      target: "pi",
      os: typed,
      region: typed,
      wifi: { ssid: typed, country: typed },
      dshield: { email: typed, userId: typed },
      timezone: typed,
      user: typed,
      sshPort: typed,
      sshKeys: [typed, typed],
      allowFrom: [typed, typed],
      egress: "restricted",
    }),
  );
  assert.equal(settings.defaults.os, typed);
  assert.equal(settings.defaults.timezone, typed);
  assert.equal(settings.defaults.admin, {
    user: typed,
    ssh_port: typed,
    ssh_keys: [typed, typed],
    allow_from: [typed, typed],
  });
  assert.equal(settings.defaults.dshield.email, typed);
  assert.equal(settings.defaults.dshield.user_id, typed);
  assert.equal(settings.sensors.length, 1);
  assert.equal(settings.sensors[0].name, typed);
  assert.equal(settings.sensors[0].network.wifi, { ssid: typed, country: typed, psk: { env: "WIFI_PSK" } });
}

test("every nasty answer comes back as it was typed", () => {
  for (const typed of [
    ...nasty,
    "",
    " ",
    "null",
    "true",
    "1e5",
    "0x1f",
    "no",
    "~",
    "- a",
    "a: b",
    "#",
    "[",
    "x #y",
  ])
    comesBack(typed);
});

test("any line that can be typed comes back as it was typed", () => {
  const line = fc.string({ unit: "grapheme" }).filter((text) => !/[\p{Cc}\p{Cs}]/u.test(text));
  fc.assert(fc.property(line, comesBack), { numRuns: 200, seed: 1 });
});

test("any host name makes settings that check takes, also one that YAML would take for something else", async () => {
  for (const name of ["null", "true", "no", "1e5", "0x1f", "x-1"])
    assert.equal(await judge({ ...usual, name }), []);
});

test("the usual answers fit every target, with a system that it runs", async () => {
  for (const [target, { systems }] of Object.entries(targets))
    for (const os of systems) assert.equal(await judge({ ...usual, target, os }), [], `${target} ${os}`);
});

test("the file that init writes can be built for every target, system and choice", async () => {
  const environment = { DSHIELD_API_KEY: "A".repeat(32), WIFI_PSK: "a passphrase" };
  const account = { email: "a@example.org", userId: 7 };
  for (const [target, { systems }] of Object.entries(targets))
    for (const os of systems)
      for (const dshield of [undefined, account])
        for (const wifi of target === "pi" ? [undefined, { ssid: "home", country: "DE" }] : [undefined]) {
          const text = settingsText({ ...usual, target, os, dshield, wifi, allowFrom: ["9.9.9.0/24"] });
          const world = virtualWorld({ "s.yaml": text }, { environment });
          const { sensors, diagnostics } = await loadSettings("s.yaml", world, { readSecrets: true });
          assert.equal(diagnostics, [], `${target} ${os}`);
          for (const { plan, secrets } of sensors)
            assert.not.ok("contributors" in compile(plan, secrets, release), `${target} ${os}`);
          assert.is(sensors.length, 1);
        }
});

test("an answer that check refuses is refused, with words for it", async () => {
  const [problem] = await judge({ ...usual, timezone: "Berlin" });
  assert.match(problem?.hint ?? "", "did you mean Europe/Berlin?");
  assert.is((await judge({ ...usual, target: "gcp" }))[0]?.code, "target/os-mismatch");
});

test.run();
