import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Complaint } from "../../src/diagnostics/diagnostic.ts";
import {
  canonicalAddress,
  canonicalNetwork,
  complainOfAddress,
  complainOfInterfaceAddress,
  complainOfNetwork,
  isInNetwork,
} from "../../src/values/addresses.ts";
import { complainOfAgeRecipient } from "../../src/values/age-recipient.ts";
import { complainOfCaptureFilter } from "../../src/values/capture-filter.ts";
import { complainOfText } from "../../src/values/characters.ts";
import { complainOfFileName } from "../../src/values/file-name.ts";
import {
  complainOfDevice,
  complainOfHostName,
  complainOfSensorName,
  complainOfUserName,
} from "../../src/values/names.ts";
import { complainOfNotifyUrl } from "../../src/values/notify-url.ts";
import { complainOfSchedule } from "../../src/values/schedule.ts";
import {
  complainOfApiKey,
  complainOfPassword,
  complainOfPrivateKey,
  complainOfWifiPassphrase,
} from "../../src/values/secret-value.ts";
import { canonicalSshPublicKey, complainOfSshPublicKey } from "../../src/values/ssh-public-key.ts";
import { complainOfTimeZone } from "../../src/values/time-zone.ts";
import {
  ageRecipient,
  ecdsaKey256,
  ecdsaKey384,
  ecdsaKey521,
  ed25519Key,
  fakePrivateKey,
  rsaKey,
  shortRsaKey,
} from "../support/keys.ts";

const test = suite("values");

type Check = (value: string) => Complaint | undefined;
const network: Check = (value) => complainOfNetwork(value, "write anywhere");
const bodyOf = (key: string) => key.split(" ")[1] ?? "";

const cases: readonly (readonly [
  name: string,
  check: Check,
  accepted: readonly string[],
  refused: readonly string[],
])[] = [
  [
    "text",
    complainOfText,
    ["", "a b", "ünïcödé 漢字 👩‍💻", "$(x) `y` \"'\\"],
    [
      "\0",
      "a\nb",
      "a\rb",
      "\t",
      "\x7f",
      "\x85",
      "\u2028",
      "\u2029",
      "\ud800",
      "\udc00x",
      "\u202e",
      "\u2066",
      "\ufeff",
      "\x1b[31m",
      fakePrivateKey,
    ],
  ],
  [
    "sensor names",
    complainOfSensorName,
    ["a", "fra-vps", "1a", "a1", "x".repeat(63)],
    ["", "A", "a_b", "-a", "a-", "a.b", "1", "12", "ä", "a b", "x".repeat(64), "a\n"],
  ],
  [
    "host names",
    complainOfHostName,
    ["a", "backups.example.org", "10.0.0.1", "A-1.b"],
    ["", ".", "a..b", "-a.b", "a_b", "a b", "a/b", `${"a.".repeat(130)}b`, "$(x)"],
  ],
  [
    "user names",
    complainOfUserName,
    ["analyst", "_x", "a-b_c1"],
    [
      "",
      "root",
      "cowrie",
      "webhpot",
      "honeypot",
      "www-data",
      "sudo",
      "Analyst",
      "1a",
      "a.b",
      "a b",
      "a$",
      "x".repeat(33),
    ],
  ],
  [
    "network devices",
    complainOfDevice,
    ["auto", "eth0", "enp1s0f1", "wlan0.20", "br-lan"],
    ["", "eth0:1", "a/b", "-i", ".", "..", "x".repeat(16), "eth0 up", "$x"],
  ],
  [
    "time zones",
    complainOfTimeZone,
    [
      "UTC",
      "Etc/UTC",
      "Etc/GMT+12",
      "Etc/GMT-14",
      "Europe/Berlin",
      "America/Argentina/Buenos_Aires",
      "America/Port-au-Prince",
    ],
    [
      "",
      "utc",
      "Etc/utc",
      "Etc/GMT+13",
      "europe/berlin",
      "US/Eastern",
      "Asia/Calcutta",
      "EST",
      "Europe/",
      "Europe",
      "../etc/passwd",
      "__proto__/x",
      "constructor/name",
    ],
  ],
  [
    "schedules",
    complainOfSchedule,
    [
      "0 3 * * *",
      "*/5 * * * *",
      "0-30/5 0,12 1 jan mon",
      "59 23 31 12 7",
      "0 0 29 2 *",
      "0 0 31 2 1",
      "5,10-20 1 * * 0",
    ],
    [
      "",
      "@daily",
      "@reboot",
      "* * * *",
      "* * * * * *",
      "0  3 * * *",
      " 0 3 * * *",
      "0 3 * * *\n",
      "60 * * * *",
      "0 24 * * *",
      "0 0 0 * *",
      "0 0 32 * *",
      "0 0 * 13 *",
      "0 0 * * 8",
      "0 0 L * *",
      "0 0 15W * *",
      "0 0 * * 1#2",
      "0 0 ? * *",
      "*/0 * * * *",
      "*/60 * * * *",
      "5/15 * * * *",
      "30-10 * * * *",
      "0 0 * * mon-fri",
      "0 0 30 2 *",
      "a b c d e",
      "0 3 * * %",
      "1,,2 * * * *",
      "-1 * * * *",
      "0 3 * * *; reboot",
    ],
  ],
  [
    "addresses",
    complainOfAddress,
    ["192.0.2.1", "0.0.0.0", "2001:db8::1", "::", "FE80::1"],
    [
      "",
      "1",
      "1.2.3",
      "1.2.3.4.5",
      "01.2.3.4",
      "0x7f.0.0.1",
      "256.1.1.1",
      "fe80::1%eth0",
      "::ffff:192.0.2.1",
      "1::2::3",
      "192.0.2.1/32",
      "example.org",
      "1.2.3.4 ",
    ],
  ],
  [
    "networks",
    network,
    ["198.51.100.0/24", "192.0.2.1", "192.0.2.1/32", "128.0.0.0/1", "2001:db8::/32", "::1/128"],
    [
      "0.0.0.0/0",
      "::/0",
      "198.51.100.7/24",
      "2001:db8::1/32",
      "1.2.3.0/33",
      "1.2.3.0/024",
      "1.2.3.0/",
      "1.2.3.0/24/1",
      "/24",
      "1.2.3.0/-1",
      "1.2.3.0/255.255.255.0",
      "anywhere",
    ],
  ],
  [
    "addresses of an interface",
    complainOfInterfaceAddress,
    ["192.0.2.10/24", "192.0.2.0/31", "192.0.2.1/32", "2001:db8::10/64"],
    ["192.0.2.10", "192.0.2.0/24", "2001:db8::/64", "1.2.3.4/0", "x/24"],
  ],
  [
    "ssh public keys",
    complainOfSshPublicKey,
    [
      ed25519Key,
      rsaKey,
      ecdsaKey256,
      ecdsaKey384,
      ecdsaKey521,
      `ssh-ed25519 ${bodyOf(ed25519Key)}`,
      `ssh-ed25519 ${bodyOf(ed25519Key)} a comment with blanks "and" $(signs)`,
    ],
    [
      "",
      "ssh-ed25519",
      shortRsaKey,
      `ssh-rsa ${bodyOf(ed25519Key)}`,
      `ecdsa-sha2-nistp256 ${bodyOf(ecdsaKey384)}`,
      `ssh-ed25519 ${bodyOf(ed25519Key).slice(0, -4)}`,
      `ssh-ed25519 ${bodyOf(ed25519Key).slice(0, -1)}`,
      `ssh-ed25519 ${bodyOf(ed25519Key)}AAAA`,
      `ssh-ed25519 ${bodyOf(ed25519Key).replace("AAAA", "AAA*")}`,
      `command="x" ${ed25519Key}`,
      `no-pty,from="1.2.3.4" ${ed25519Key}`,
      "ssh-dss AAAAB3NzaC1kc3MAAACB",
      `ssh-ed25519-cert-v01@openssh.com ${bodyOf(ed25519Key)}`,
      `constructor ${bodyOf(ed25519Key)}`,
    ],
  ],
  [
    "age recipients",
    complainOfAgeRecipient,
    [ageRecipient, ed25519Key, rsaKey],
    [
      "",
      "age1",
      ageRecipient.toUpperCase(),
      ageRecipient.slice(0, -1),
      `${ageRecipient}q`,
      ageRecipient.replace("c9", "9c"),
      `${ageRecipient.slice(0, -1)}7`,
      "age1yubikey1qwertyuiop",
      ecdsaKey256,
      shortRsaKey,
    ],
  ],
  [
    "capture filters",
    complainOfCaptureFilter,
    ["not icmp", "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0", "(a) or (b)", "ether proto \\ip"],
    [
      "",
      " ",
      "-w /x",
      "tcp) or (udp",
      "(tcp",
      "a ; b",
      "a $(b)",
      "`a`",
      "a # b",
      "'a'",
      "ä",
      "{{x}}",
      "x".repeat(2001),
    ],
  ],
  [
    "passwords",
    complainOfPassword,
    ["infected", "a b", "~!@#$%^&*()_+`-={}|[]\\:\";'<>?,./", "x".repeat(127)],
    [" a", "a ", "ä", "a\tb", "a\nb", "x".repeat(128)],
  ],
  [
    "Wi-Fi passphrases",
    complainOfWifiPassphrase,
    ["12345678", "x".repeat(63), "0123456789abcdef".repeat(4)],
    ["1234567", "x".repeat(64), "ä2345678"],
  ],
  [
    "URLs of notifications",
    complainOfNotifyUrl,
    [
      "https://alerts.example.org",
      "https://a.example:8443/hook/T?x=1",
      "http://10.0.0.1:8080/x",
      "http://[::1]/",
    ],
    [
      "",
      "ftp://a.example/x",
      "http://a.example/x",
      "http://8.8.8.8/x",
      "https://user:word@a.example/x",
      "https://a.example/x#y",
      "https://a.example/x y",
      "https://a.example/x\ny",
      "https://a.example:0/x",
      "https://a.example:65536/x",
      "https://1.2.3.256/x",
      "https://[::::]/x",
      `https://a.example/${"x".repeat(2048)}`,
    ],
  ],
  ["API keys of DShield", complainOfApiKey, ["abcDEF123+/=="], ["", "a'b", "a b", "$(x)", "a\nb"]],
  [
    "private keys",
    complainOfPrivateKey,
    [fakePrivateKey, fakePrivateKey.replaceAll("\n", "\r\n")],
    [
      "",
      "x",
      ed25519Key,
      fakePrivateKey.slice(0, -20),
      fakePrivateKey.replaceAll("OPENSSH", "ENCRYPTED"),
      fakePrivateKey.replace("b3BlbnNzaC1rZXktdjEAAAAABG5vbmU", "b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni1jdHI"),
    ],
  ],
  [
    "file names",
    complainOfFileName,
    ["a", "../keys/a b", "~/x", "/etc/x"],
    ["", " a", "~root/x", "a\0b", "a\nb", "x".repeat(1025)],
  ],
];

for (const [name, check, accepted, refused] of cases) {
  test(`${name}: what is accepted`, () => {
    for (const value of accepted) assert.is(check(value)?.message, undefined, JSON.stringify(value));
  });
  test(`${name}: what is refused, in one printable line`, () => {
    for (const value of refused) {
      const complaint = check(value);
      assert.type(complaint?.message, "string", JSON.stringify(value));
      assert.match(complaint?.message ?? "", /^[^\p{Cc}]{10,250}$/u, JSON.stringify(value));
    }
  });
}

for (const [name, check, value, hint] of [
  [
    "a network from an address in it",
    network,
    "198.51.100.7/24",
    "write 198.51.100.0/24 for the network, 198.51.100.7 for the address",
  ],
  [
    "a network of IPv6 from an address in it",
    network,
    "2001:db8:0:1:2::/60",
    "write 2001:db8::/60 for the network, 2001:db8:0:1:2:: for the address",
  ],
  ["a range for a step", complainOfSchedule, "5/15 * * * *", "write 5-59/15"],
  ["no seconds", complainOfSchedule, "0 0 3 * * *", 'write "0 3 * * *"'],
  ["a host name from a name in capitals", complainOfSensorName, "Fra VPS!", "write fra-vps"],
  ["the place of an older time zone", complainOfTimeZone, "US/Eastern", "did you mean America/New_York?"],
  ["the region of a city", complainOfTimeZone, "berlin", "did you mean Europe/Berlin?"],
  ["the right letters of a time zone", complainOfTimeZone, "europe/berlln", "did you mean Europe/Berlin?"],
  ["the IPv4 address inside IPv6", complainOfAddress, "::ffff:192.0.2.1", "write 192.0.2.1"],
] as const)
  test(`a hint shows ${name}`, () => {
    assert.is(check(value)?.hint, hint);
  });

test("addresses have one spelling", () => {
  assert.is(canonicalAddress("2001:DB8:0:0::1"), "2001:db8::1");
  assert.is(canonicalNetwork("192.0.2.7"), "192.0.2.7/32");
  assert.is(canonicalNetwork("2001:DB8::/32"), "2001:db8::/32");
  assert.is(canonicalAddress("example.org"), undefined);
  assert.ok(isInNetwork("192.0.2.1", "192.0.2.10/28") && !isInNetwork("192.0.2.17", "192.0.2.10/28"));
  assert.not(isInNetwork("::1", "0.0.0.0/1"));
});

test("ssh public keys have one spelling", () => {
  assert.is(
    canonicalSshPublicKey(`  ssh-ed25519\t ${bodyOf(ed25519Key)}   two  words `),
    `ssh-ed25519 ${bodyOf(ed25519Key)} two  words`,
  );
});

test("private keys are refused without being shown", () => {
  for (const value of [
    fakePrivateKey,
    "b3BlbnNzaC1rZXktdjEAAAAAcanarycanary",
    "AGE-SECRET-KEY-1CANARY",
    "age-secret-key-1canary",
  ]) {
    const { message = "", hint = "" } = complainOfText(value) ?? {};
    assert.match(message, "private");
    assert.not.match(message + hint, /canary/i);
  }
});

test.run();
