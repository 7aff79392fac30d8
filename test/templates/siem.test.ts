// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are for bash
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import { makeScratchRoot, type ScratchRoot } from "../support/scratch-root.ts";

const test = suite("templates/siem");
const withGpg = needs("gpg", "gpgv", "ss");
const install = "opt/honeypot/first-boot/47-filebeat.sh";
const start = "opt/honeypot/first-boot/75-siem.sh";
const state = "var/lib/honeypot/state";

// Stand-ins for Elastic's downloads: a package, a key, and the package's signature.
const elastic = mkdtempSync(join(tmpdir(), "sensorbake-elastic-"));
test.after(() => rmSync(elastic, { recursive: true, force: true }));
let signer = "";
test.before(() => {
  const gpg = (...words: readonly string[]) =>
    execFileSync("gpg", ["--homedir", elastic, "--batch", "--quiet", "--passphrase", "", ...words], {
      stdio: ["ignore", "pipe", "ignore"],
    });
  gpg("--quick-generate-key", "Elastic <e@example.org>", "ed25519", "sign", "never");
  signer = /^fpr:+(\w+):/m.exec(gpg("--with-colons", "--list-keys").toString())?.[1] ?? "";
  writeFileSync(join(elastic, "GPG-KEY-elasticsearch"), gpg("--export", "--armor"));
  writeFileSync(join(elastic, "filebeat-8.19.15-amd64.deb"), "a package\n");
  gpg(
    "--armor",
    "--output",
    join(elastic, "filebeat-8.19.15-amd64.deb.asc"),
    "--detach-sign",
    join(elastic, "filebeat-8.19.15-amd64.deb"),
  );
  execFileSync("gpgconf", ["--homedir", elastic, "--kill", "gpg-agent"]);
});

let root: ScratchRoot;
test.before.each(async () => {
  root = await makeScratchRoot();
  await root.lay("usr/local/lib/honeypot/status/siem.sh");
  await root.stub("dpkg", '[[ "$1" != --verify ]] || exec cat "${HONEYPOT_ROOT}/damage"\necho amd64');
  await root.write("damage", "??5?????? c /etc/filebeat/filebeat.yml\n");
  await root.stub(
    "dpkg-query",
    '[[ ! -e "${HONEYPOT_ROOT}/usr/bin/filebeat" ]] || printf "installed 8.19.15"',
  );
  await root.stub("curl", `until [[ "$1" == --output ]]; do shift; done; cp -- "${elastic}/\${3##*/}" "$2"`);
  await root.stub(
    "apt-get",
    'printf "%s\\n" "$*" >>"${HONEYPOT_ROOT}/apt.words"; mkdir -p "${HONEYPOT_ROOT}/usr/bin"; touch "${HONEYPOT_ROOT}/usr/bin/filebeat"',
  );
  await root.stub("apt-mark", 'printf "%s\\n" "$*" >>"${HONEYPOT_ROOT}/apt.words"');
  await root.stub(
    "systemctl",
    '[[ "$1" != is-active ]] || exit 3\nprintf "%s\\n" "$*" >>"${HONEYPOT_ROOT}/systemctl.words"',
  );
});
test.after.each(() => root.remove());

const run = (script: string, environment: Readonly<Record<string, string>> = { elastic_signer: signer }) =>
  root.run(script, [], { environment });
const said = async (): Promise<string> => (await root.run("usr/local/bin/honeypot-status")).stdout;

withGpg(test, "the package is installed once, and held", async () => {
  for (const _ of [1, 2]) {
    const { code, stderr } = await run(install);
    assert.is(code, 0, stderr);
  }
  assert.match(
    await root.read("apt.words"),
    /^[^\n]*--force-confold install --reinstall \S+\/filebeat\.deb\nhold filebeat\n$/,
  );
});

withGpg(test, "a package with files that a power cut has emptied is installed again", async () => {
  await run(install);
  await root.write("damage", "??5??????   /usr/share/filebeat/bin/filebeat\n");
  await run(install);
  assert.is((await root.read("apt.words")).match(/filebeat\.deb/g)?.length, 2);
});

withGpg(test, "another version is replaced", async () => {
  await root.write("usr/bin/filebeat", "");
  await root.stub("dpkg-query", 'printf "installed 8.17.0"');
  assert.is((await run(install)).code, 0);
  assert.match(await root.read("apt.words"), "--allow-downgrades");
  assert.is(await root.read("systemctl.words"), "try-restart filebeat.service\n");
});

withGpg(test, "a package that somebody else signed is not installed, and nothing is held up", async () => {
  const { code } = await run(install, {});
  assert.is(code, 0);
  assert.not(await root.exists("apt.words"));
  assert.match(
    await root.read(`${state}/siem.last`),
    / failed Filebeat is not installed: the package is not signed by 46095ACC8548582C1A2699A9D27D666CD88E42B4\n$/,
  );
});

withGpg(test, "a package that was changed is not installed", async () => {
  await root.stub(
    "curl",
    `until [[ "$1" == --output ]]; do shift; done; cp -- "${elastic}/\${3##*/}" "$2"; [[ "$2" != *.deb ]] || echo >>"$2"`,
  );
  assert.is((await run(install)).code, 0);
  assert.not(await root.exists("apt.words"));
});

withGpg(test, "the first boot continues while it is unavailable, and it is installed later", async () => {
  await root.write(`${state}/first-boot.done`, "");
  await root.stub("curl", "echo 'curl: (6) Could not resolve host: artifacts.elastic.co' >&2; exit 6");
  assert.is((await run(start)).code, 0);
  assert.match(
    await said(),
    /^!! siem +Filebeat is not installed: curl: \(6\) Could not resolve host: artifacts\.elastic\.co \(it is retried\)$/m,
  );
  await root.stub("curl", `until [[ "$1" == --output ]]; do shift; done; cp -- "${elastic}/\${3##*/}" "$2"`);
  assert.is((await run(start)).code, 0);
  assert.is(
    await root.read("systemctl.words"),
    "try-restart filebeat.service\ndaemon-reload\nenable --quiet filebeat.service\nrestart filebeat.service\n",
  );
});

for (const [name, journal, want] of [
  ["is away", "Failed to connect to backoff(async(tcp://siem:5044))", /^!! siem +the SIEM is unreachable/m],
  [
    "is there",
    "Connection to backoff(async(tcp://siem:5044)) established",
    /^ok siem +Filebeat is running$/m,
  ],
  ["has not been asked", "-- No entries --", /^ok siem +Filebeat is running$/m],
] as const)
  withGpg(test, `the status says when the SIEM ${name}`, async () => {
    await root.write(`${state}/first-boot.done`, "");
    await root.stub("systemctl", "exit 0");
    await root.stub("journalctl", `echo '${journal}'`);
    assert.match(await said(), want);
  });

withGpg(test, "during the first boot nothing waits for it", async () => {
  assert.match(await said(), /^\.\. siem +Filebeat is not running/m);
});

test.run();
