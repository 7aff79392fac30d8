import zones from "tzdata" with { type: "json" };
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { loadSettings } from "../../src/load/load.ts";
import { complainOfTimeZone } from "../../src/values/time-zone.ts";
import { ed25519Key } from "../support/keys.ts";
import { virtualWorld } from "../support/virtual-world.ts";

// A common mistake produces one problem with a hint that shows what to write.

const test = suite("settings/hints");

const sensor = (lines: string) => `version: 1
sensors:
  - name: s1
    target: nocloud
    admin:
      ssh_keys: [${ed25519Key}]
      allow_from: [9.9.9.0/24]
${lines.replace(/^/gm, "    ")}
`;
const admin = (keys: string, from = "[9.9.9.0/24]") => `version: 1
sensors:
  - {name: s1, target: nocloud, admin: {ssh_keys: ${keys}, allow_from: ${from}}}
`;
const target = (word: string) => sensor("").replace("target: nocloud", `target: ${word}`);
const key = ed25519Key.split(" ")[1] ?? "";

const cases: readonly (readonly [name: string, text: string, message: RegExp, hint: RegExp | undefined])[] = [
  ["six fields of cron", sensor("backup: {schedule: 0 0 3 * * *}"), /six fields/, /^write "0 3 \* \* \*"$/],
  ["six fields of cron without quotes", sensor("backup:\n  schedule: */5 0 3 * * *"), /\*/, /in quotes/],
  ["a nickname of cron", sensor('backup: {schedule: "@daily"}'), /five fields/, /^write "0 0 \* \* \*"$/],
  ["a time", sensor('backup: {schedule: "3:30"}'), /five fields/, /^write "30 3 \* \* \*"$/],
  [
    "two blanks between fields",
    sensor('backup: {schedule: "0  3 * * *"}'),
    /separated by single spaces/,
    /^write "0 3 \* \* \*"$/,
  ],
  ["a question mark of Quartz", sensor('backup: {schedule: "0 0 3 ? * *"}'), /six/, /^write "0 3 \* \* \*"$/],
  ["text after a closing bracket", sensor("transfer:\n  path: {sensor}/x"), /ends with this }/, /in quotes/],
  [
    "text after a closing quote",
    sensor('timezone: "Etc/UTC" x'),
    /after the closing quote/,
    /one pair of quotes/,
  ],
  ["a list in the middle of a line", sensor("backup:\n  sets: - logs"), /hyphens/, /next line/],
  ["allow_from: any", admin(`[${ed25519Key}]`, "any"), /anywhere/, /^write allow_from: anywhere/],
  ["allow_from: [all]", admin(`[${ed25519Key}]`, "[all]"), /"all"/, /^write allow_from: anywhere/],
  ["allow_from: 0.0.0.0/0", admin(`[${ed25519Key}]`, "0.0.0.0/0"), /anywhere/, /^write allow_from: anywhere/],
  [
    "allow_from: [::/0]",
    admin(`[${ed25519Key}]`, '["::/0"]'),
    /every address/,
    /^write allow_from: anywhere/,
  ],
  ["target aws", target("aws"), /"aws"/, /did you mean ec2\?/],
  ["target gcloud, which is two letters from nocloud", target("gcloud"), /"gcloud"/, /did you mean gcp\?/],
  ["target raspberrypi", target("raspberrypi"), /"raspberrypi"/, /did you mean pi\?/],
  ["target Raspberry Pi", target("Raspberry Pi"), /"Raspberry Pi"/, /did you mean pi\?/],
  ["target hetzner-cloud", target("hetzner-cloud"), /"hetzner-cloud"/, /did you mean hetzner\?/],
  ["target do", target("do"), /"do"/, /did you mean digitalocean\?/],
  ["target proxmox", target("proxmox"), /"proxmox"/, /did you mean nocloud\?/],
  [
    "os trixie",
    sensor("os: trixie"),
    /"trixie"/,
    /did you mean debian-13, or raspios-13 on a Raspberry Pi\?/,
  ],
  ["os bookworm", sensor("os: bookworm"), /"bookworm"/, /did you mean debian-12, or raspios-12/],
  ["os noble", sensor("os: noble"), /"noble"/, /did you mean ubuntu-24\.04\?/],
  ["os Debian 13 (trixie)", sensor("os: Debian 13 (trixie)"), /trixie/, /did you mean debian-13\?/],
  ["os ubuntu24.04", sensor("os: ubuntu24.04"), /ubuntu24/, /did you mean ubuntu-24\.04\?/],
  [
    "api_key: $NAME",
    sensor("dshield: {install: true, email: a@example.org, user_id: 1, api_key: $KEY}"),
    /API key/,
    /^to read an environment variable write \{env: NAME\}$/,
  ],
  [
    "api_key: {env: $NAME}",
    sensor("dshield: {install: true, email: a@example.org, user_id: 1, api_key: {env: $KEY}}"),
    /environment variable/,
    /^remove the \$$/,
  ],
  [
    "password: $NAME",
    sensor("backup: {format: 7z, password: $BACKUP_PASSWORD}"),
    /do not expand variables/,
    /\{env: NAME\}/,
  ],
  [
    "a file as ssh key",
    admin("[~/.ssh/id_ed25519.pub]"),
    /name of a file/,
    /^write \{file: ~\/\.ssh\/id_ed25519\.pub\}$/,
  ],
  ["a relative file as ssh key", admin("[me.pub]"), /name of a file/, /^write \{file: me\.pub\}$/],
  ["an account as ssh key", admin("[gh:somebody]"), /accounts/, /USER\.keys/],
  ["the body of a key alone", admin(`[${key}]`), /the key type is missing/, /^write ssh-ed25519 before it$/],
  [
    "a private key's file as text",
    sensor(`transfer: {host: h, user: u, path: p, host_key: ${ed25519Key}, private_key: ~/.ssh/backup}`),
    /not an OpenSSH private key/,
    /^to read a file write \{file: path\}$/,
  ],
  [
    "a fingerprint as host key",
    sensor(`transfer: {host: h, user: u, path: p, host_key: "SHA256:${"a".repeat(43)}", generate_key: true}`),
    /fingerprint of a key/,
    /known-host HOST/,
  ],
  [
    "a fingerprint of MD5",
    sensor(
      `transfer: {host: h, user: u, path: p, host_key: "MD5:${"aa:".repeat(15)}aa", generate_key: true}`,
    ),
    /fingerprint of a key/,
    /known-host HOST/,
  ],
  [
    "transfer.password",
    sensor(`transfer: {host: h, user: u, path: p, host_key: ${ed25519Key}, generate_key: true, password: x}`),
    /transfer does not support passwords: a compromised sensor/,
    /private_key: \{file: keys\/backup\}/,
  ],
  ["admin.password", admin(`[${ed25519Key}], password: x`), /login needs an SSH key/, /ssh_keys/],
  [
    "transfer.username",
    sensor(`transfer: {host: h, username: u, path: p, host_key: ${ed25519Key}, generate_key: true}`),
    /unknown key "username"/,
    /did you mean "user"\?/,
  ],
  ["provider", sensor("provider: aws"), /unknown key "provider"/, /did you mean "target"\?/],
  [
    "a key with an invisible character",
    sensor("time\u200bzone: Etc/UTC"),
    /contains the invisible character U\+200B/,
    /did you mean "timezone"\?/,
  ],
  [
    "a number with an invisible character",
    sensor('disk: {size_gigabytes: "40\u00a0"}'),
    /contains the invisible character U\+00A0/,
    /pasting/,
  ],
  [
    "a word with an invisible character",
    target("ec2\u2060"),
    /contains the invisible character U\+2060/,
    /pasting/,
  ],
  [
    "typographic quotes",
    sensor("timezone: “Europe/Berlin”"),
    /“ and ”, which are not quotes/,
    /leave them out/,
  ],
  [
    "a bare IPv6 address before a port",
    sensor('siem: {logstash: "2001:db8::5:5044", plaintext: true}'),
    /HOST:PORT/,
    /^write "\[2001:db8::5\]:5044"$/,
  ],
  [
    "brackets around a name",
    sensor('siem: {logstash: "[siem]:5044", plaintext: true}'),
    /only those have brackets/,
    undefined,
  ],
  ["UTC+2", sensor("timezone: UTC+2"), /time zone/, /^did you mean Etc\/GMT-2\?$/],
];
for (const [name, text, message, hint] of cases)
  test(`${name} has a way out`, async () => {
    const { diagnostics } = await loadSettings("/s.yaml", virtualWorld({ "/s.yaml": text }), {
      readSecrets: false,
    });
    assert.is(diagnostics.length, 1, JSON.stringify(diagnostics));
    const [found] = diagnostics;
    assert.match(found?.message ?? "", message);
    if (hint === undefined) assert.is(found?.hint, undefined);
    else assert.match(found?.hint ?? "", hint);
  });

for (const [name, os, message] of [
  ["of defaults", "  os: debian-12\n", / from defaults$/],
  ["that no entry sets", "", /, the default os$/],
] as const)
  test(`an os ${name} that does not fit is set in the sensor's entry`, async () => {
    const text = `version: 1
defaults:
  admin: {ssh_keys: [${ed25519Key}], allow_from: [9.9.9.0/24]}
${os}sensors:
  - {name: a, target: nocloud}
  - {name: b, target: pi}
`;
    const { diagnostics } = await loadSettings("/s.yaml", virtualWorld({ "/s.yaml": text }), {
      readSecrets: false,
    });
    assert.is(diagnostics.length, 1);
    assert.match(diagnostics[0]?.message ?? "", message);
    assert.match(diagnostics[0]?.hint ?? "", /^set os in the sensor's entry to one of raspios-12/);
    assert.is(text.slice(diagnostics[0]?.range?.start, diagnostics[0]?.range?.end), "pi");
  });

for (const group of ["tools: {cowrieprocessor: }", "backup:", "capture:\n  rotate:"])
  test(`an empty group means the group with nothing in it: ${group}`, async () => {
    const text = sensor(group);
    const { diagnostics, sensors } = await loadSettings("/s.yaml", virtualWorld({ "/s.yaml": text }), {
      readSecrets: false,
    });
    assert.equal(diagnostics, []);
    if (group.startsWith("tools")) assert.ok(sensors[0]?.plan.tools?.cowrieprocessor);
  });

test("an empty group in a sensor's entry does not silently inherit from defaults", async () => {
  const text = `version: 1
defaults:
  admin: {ssh_keys: [${ed25519Key}], allow_from: [9.9.9.0/24]}
  siem: {logstash: "siem:5044", plaintext: true}
sensors:
  - name: a
    target: nocloud
    siem:
`;
  const { diagnostics } = await loadSettings("/s.yaml", virtualWorld({ "/s.yaml": text }), {
    readSecrets: false,
  });
  assert.equal(
    diagnostics.map(({ code }) => code),
    ["settings/wrong-type"],
  );
});

for (const [name, content, message] of [
  ["in PEM", "-----BEGIN PUBLIC KEY-----\nMCow\n-----END PUBLIC KEY-----\n", /-m PKCS8/],
  ["in PEM for RSA", "-----BEGIN RSA PUBLIC KEY-----\nMCow\n-----END RSA PUBLIC KEY-----\n", /-m PEM/],
  ["in UTF-16", Buffer.from("\ufeffssh-ed25519 AAAA", "utf16le"), /save it as UTF-8/],
] as const)
  test(`a file of a public key ${name} has a way out`, async () => {
    const outside = virtualWorld({ "/s.yaml": admin("[{file: k.pub}]"), "/k.pub": content });
    const { diagnostics } = await loadSettings("/s.yaml", outside, { readSecrets: false });
    assert.match(diagnostics[0]?.hint ?? "", message);
  });

test("every former name of the tz database leads to the zone it is linked to", () => {
  const links = Object.entries(zones.zones).flatMap(([name, zone]) =>
    typeof zone === "string" ? [[name, zone] as const] : [],
  );
  const today = new Map(links);
  const follow = (name: string): string => {
    const next = today.get(name);
    return next === undefined ? name : follow(next);
  };
  assert.ok(links.length > 200);
  for (const [name] of links) {
    const complaint = complainOfTimeZone(name);
    if (complaint === undefined) continue;
    const [, suggestion = ""] = /^did you mean (.*)\?$/.exec(complaint.hint ?? "") ?? [];
    assert.is(complainOfTimeZone(suggestion), undefined, `${name}: ${complaint.hint}`);
    assert.is(follow(suggestion), follow(name), `${name}: ${complaint.hint}`);
  }
});

test.run();
