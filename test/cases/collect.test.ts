import { appendFileSync } from "node:fs";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { collected } from "../support/collected.ts";
import { needs } from "../support/needs.ts";
import { execute, makeScratchRoot, type ScratchRoot } from "../support/scratch-root.ts";

// The steps of the cases about collection, as their steps.txt has them.

const test = suite<{ scratch: ScratchRoot }>("cases/collect");
const collect = "opt/honeypot/scripts/collect.sh";
const cowrie = "srv/cowrie/var/log/cowrie/cowrie.json";
const firewall = "var/log/dshield.log";

test.before.each(async (context) => {
  context.scratch = await makeScratchRoot();
});
test.after.each(({ scratch }) => scratch.remove());

const rotations: readonly (readonly [name: string, ofCowrie: string, ofFirewall: string])[] = [
  ["numbers and gzip, and a date", "compress", "dateext"],
  ["copytruncate", "copytruncate", "copytruncate"],
  ["dateext", "dateext\ncompress", "dateext\ncompress"],
  ["delaycompress", "compress\ndelaycompress", "compress\ndelaycompress"],
];
for (const [name, ofCowrie, ofFirewall] of rotations)
  needs("logrotate", "gzip")(test, `collect-logrotate: ${name}`, async ({ scratch }) => {
    const files = [await scratch.write(cowrie, "a1\na2\n"), await scratch.write(firewall, "f1\n")] as const;
    assert.is((await scratch.run(collect)).code, 0);
    appendFileSync(files[0], "a3\n");
    appendFileSync(files[1], "f2\n");
    const rule = (file: string, words: string) => `${file} {\nrotate 20\n${words}\n}\n`;
    const settings = await scratch.write(
      "logrotate.conf",
      rule(files[0], ofCowrie) + rule(files[1], ofFirewall),
      { mode: 0o644 },
    );
    const words = ["--force", "--state", scratch.path("logrotate.state"), settings];
    const { code, stderr } = await execute("logrotate", words);
    assert.is(code, 0, stderr);
    appendFileSync(files[0], "b1\n");
    appendFileSync(files[1], "f3\n");
    assert.is((await scratch.run(collect)).code, 0);
    assert.is((await scratch.run(collect)).code, 0);
    const lines = Object.values(collected(scratch)).join("").trim().split("\n").sort();
    assert.equal(lines, ["a1", "a2", "a3", "b1", "f1", "f2", "f3"]);
  });

const today = new Date().toISOString().slice(0, 10);
for (const [ini, log] of [
  ["", "srv/log/isc-agent.out"],
  ["local_logs_file=/srv/log/other_{date}.json\n", `srv/log/other_${today}.json`],
] as const)
  test(`collect-isc-agent-out: ${log.replace(today, "{date}")}`, async ({ scratch }) => {
    await scratch.write("srv/dshield/etc/dshield.ini", `[DShield]\n[plugin:tcp:http]\n${ini}`);
    await scratch.write(log, '{"url": "/"}\n');
    assert.is((await scratch.run(collect)).code, 0);
    assert.equal(collected(scratch), { [`webhoneypot/webhoneypot_${today}.json`]: '{"url": "/"}\n' });
  });

test.run();
