import { readdirSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { analysisSettings, layAnalysis } from "../support/analysis.ts";
import { type AttackedScript, attack, attackSeeds, attackTools } from "../support/attacked-sensor.ts";
import { collected } from "../support/collected.ts";
import { needs } from "../support/needs.ts";
import type { ScratchRoot } from "../support/scratch-root.ts";

/** To add a script, add a line. */
const scripts: readonly AttackedScript[] = [
  { name: "collect", script: "opt/honeypot/scripts/collect.sh", judge: hasCollected },
  {
    name: "honeypot-status",
    script: "usr/local/bin/honeypot-status",
    prepare: async (scratch) => {
      await scratch.configure({ DSHIELD_TELNET: "true" });
      for (const command of ["systemctl", "nft", "ss"]) await scratch.stub(command, "");
      await scratch.lay("usr/local/lib/honeypot/status/dshield.sh");
      for (const step of ["first-boot", "first-boot/80-reboot"])
        await scratch.write(`var/lib/honeypot/state/${step}.done`, "");
    },
    judge: namesWhatWasSkipped,
    codes: [0, 1],
  },
  {
    name: "retention",
    script: "opt/honeypot/scripts/retention.sh",
    prepare: async (scratch) => {
      await scratch.stub("systemctl", "echo 0");
      await scratch.write("var/lib/honeypot/dumps/new.pcap", "a packet", { ageHours: 1 });
      await scratch.write("var/lib/honeypot/dumps/old.pcap", "a packet", { ageHours: 9999 });
    },
    judge: async (scratch) => {
      assert.ok(await scratch.exists("var/lib/honeypot/dumps/new.pcap"));
    },
  },
  {
    // Nothing of what it reads belongs to the attacker, but every line comes from there.
    name: "collect and analyse",
    script: "opt/honeypot/scripts/collect-and-analyse.sh",
    prepare: async (scratch) => {
      // The attacker's days are long over.
      await scratch.configure({ ...analysisSettings, TOOLS_INTERVALS: `cowrieprocessor ${86_400 * 20_000}` });
      await layAnalysis(scratch);
      const hostile = [
        "\\udce9",
        "\\u001b]0;x\\u0007",
        "$(touch pwned)",
        `${"[".repeat(100_000)}`,
        "\\u0000",
      ];
      const events = ["visitor", ...hostile].map(
        (session) => `{"eventid":"cowrie.session.closed","session":"${session}"}\n`,
      );
      const log = "srv/cowrie/var/log/cowrie/cowrie.json.2026-01-03";
      await scratch.write(
        log,
        `${events.join("")}{"eventid":"x","input":${"[".repeat(100_000)}\n\u001b[2J\n`,
      );
      const folder = scratch.path("opt/honeypot/scripts");
      await scratch.write(
        "opt/honeypot/scripts/collect-and-analyse.sh",
        `#!/bin/bash\n${folder}/collect.sh; exec ${folder}/analyse.sh cowrieprocessor\n`,
        { mode: 0o700 },
      );
    },
    judge: async (scratch) => {
      const reports = "var/log/honeypot/reports/cowrieprocessor";
      const [report] = readdirSync(scratch.path(`${reports}/2026-01-03`)).filter((name) =>
        name.endsWith("_1_day_report.txt"),
      );
      assert.match(await scratch.read(`${reports}/2026-01-03/${report}`), /^sessions .*visitor/);
      assert.match(await scratch.read("var/lib/honeypot/state/cowrieprocessor.last"), /^\d+ ok /);
    },
  },
  {
    name: "reapply",
    script: "opt/honeypot/scripts/reapply.sh",
    words: ["--now"],
    prepare: async (scratch) => {
      for (const command of ["systemctl", "nft", "iptables-restore", "ip6tables-restore"])
        await scratch.stub(command, "");
      await scratch.stub("sshd", "echo port 12222");
      await scratch.write("opt/honeypot/scripts/firewall.sh", "#!/bin/sh\n", { mode: 0o700 });
      await scratch.write("etc/network/iptables", "");
      await scratch.write("etc/logrotate.d/dshield", "  rotate 4\n");
    },
    judge: async (scratch) => {
      assert.match(await scratch.read("etc/logrotate.d/dshield"), "rotate 14");
    },
    codes: [0, 1],
  },
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

async function namesWhatWasSkipped(scratch: ScratchRoot): Promise<void> {
  await scratch.run("opt/honeypot/scripts/collect.sh");
  const { stdout } = await scratch.run("usr/local/bin/honeypot-status");
  assert.match(stdout, "cowrie ");
}
