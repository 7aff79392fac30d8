import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { Diagnostic } from "../../src/diagnostics/diagnostic.ts";
import { loadSettings } from "../../src/load/load.ts";
import { ageRecipient, ed25519Key } from "../support/keys.ts";
import { virtualWorld } from "../support/virtual-world.ts";

const rules = suite("rules");

// A complete transfer with this schedule.
function sent(schedule: string): object {
  const server = { host: "backups.example.org", user: "sensor", path: "/backups", host_key: ed25519Key };
  return { ...server, generate_key: true, schedule };
}

/** The findings about one sensor with these settings, as codes with the settings that they point at. */
async function said(settings: object): Promise<readonly string[]> {
  return (await diagnosed(settings)).map(({ code, path }) => `${code} ${path.slice(2).join(".")}`);
}

async function diagnosed(settings: object): Promise<readonly Diagnostic[]> {
  const base = { admin: { ssh_keys: [ed25519Key], allow_from: "anywhere" } };
  const document = { version: 1, defaults: base, sensors: [{ name: "a", target: "nocloud", ...settings }] };
  const { diagnostics } = await loadSettings("s.yaml", virtualWorld({ "s.yaml": JSON.stringify(document) }), {
    readSecrets: false,
  });
  return diagnostics;
}

for (const port of [22, 23, 80, 2222, 2223, 2323, 5555, 7547, 8000, 8080, 8443, 9000])
  rules(`the admin port is not ${port}, which is the honeypot's`, async () => {
    assert.equal(await said({ admin: { ssh_port: port } }), ["access/admin-port-taken admin.ssh_port"]);
  });

const secret = { env: "PW" };
const aPi = { target: "pi", os: "raspios-13" };
const wifi = { ssid: "lab", psk: { env: "WIFI_PSK" }, country: "DE" };
const account = { install: true, email: "a@example.org", user_id: 1, api_key: { env: "API_KEY" } };
const encrypted = { format: "tar.zst", encrypt_to: [ageRecipient] };

for (const [name, settings, want] of [
  ["a plain sensor is fine", {}, []],
  ["the admin port may be another", { admin: { ssh_port: 2200 } }, []],
  [
    "the admin port is not the exporter's",
    { admin: { ssh_port: 19_100 }, metrics: { allow_from: ["9.9.9.9"] } },
    ["access/admin-port-taken admin.ssh_port"],
  ],
  ["without an exporter it may be", { admin: { ssh_port: 19_100 } }, []],
  ["metrics need networks", { metrics: {} }, ["settings/missing-key metrics.allow_from"]],
  [
    "a Prometheus server is not the sensor itself, but may be in a VPN",
    { metrics: { allow_from: ["10.0.0.7", "127.0.0.1", "::1"] } },
    ["access/unreachable-network metrics.allow_from.1", "access/unreachable-network metrics.allow_from.2"],
  ],
  ["zip with the convention is fine", { backup: { format: "zip", password: "infected" } }, []],
  ["zip with a secret is weak", { backup: { password: secret } }, ["backup/weak-cipher backup.password"]],
  [
    "a literal secret is said, and weak in zip",
    { backup: { password: "x" } },
    ["backup/weak-cipher backup.password", "secret/literal backup.password"],
  ],
  ["7z with a secret is fine", { backup: { format: "7z", password: secret } }, []],
  [
    "7z with a literal secret is said",
    { backup: { format: "7z", password: "x" } },
    ["secret/literal backup.password"],
  ],
  ["tar.zst with a recipient is fine", { backup: encrypted }, []],
  [
    "tar.zst takes no password",
    { backup: { ...encrypted, password: "x" } },
    ["backup/password-unused backup.password"],
  ],
  [
    "tar.zst needs a recipient",
    { backup: { format: "tar.zst", encrypt_to: [] } },
    ["backup/no-recipient backup.encrypt_to"],
  ],
  [
    "7z takes no recipient",
    { backup: { ...encrypted, format: "7z" } },
    ["backup/recipient-unused backup.encrypt_to"],
  ],
  ["a disk that is large enough is fine", { disk: { size_gigabytes: 12 } }, []],
  [
    "a disk that is too small is said",
    { disk: { size_gigabytes: 11 } },
    ["disk/forecast disk.size_gigabytes"],
  ],
  [
    "the days are the place, when they are written",
    { disk: { size_gigabytes: 12 }, capture: { keep_days: 20 } },
    ["disk/forecast capture.keep_days"],
  ],
  [
    "without dumps in the archives the disk lasts longer",
    { disk: { size_gigabytes: 11 }, backup: { sets: ["logs"] } },
    [],
  ],
  [
    "the spool for a SIEM takes space too",
    {
      disk: { size_gigabytes: 12 },
      siem: { logstash: "siem.example.org:5044", plaintext: true, spool_megabytes: 2000 },
    },
    ["disk/forecast disk.size_gigabytes"],
  ],
  ["without a size nothing is forecast", { capture: { keep_days: 3650 } }, []],
  ["gcp runs Ubuntu", { target: "gcp", os: "ubuntu-24.04" }, []],
  ["gcp does not run Debian's image", { target: "gcp", os: "debian-13" }, ["target/os-mismatch os"]],
  ["a Pi does not run the server image", { target: "pi", os: "debian-13" }, ["target/os-mismatch os"]],
  ["a server does not run Raspberry Pi OS", { target: "ec2", os: "raspios-13" }, ["target/os-mismatch os"]],
  ["a Pi is fine without anything", { target: "pi", os: "raspios-13" }, []],
  ["a Pi may name its mechanism", { target: "pi", os: "raspios-13", pi: { boot: "preseed" } }, []],
  [
    "images of Raspberry Pi OS 12 have no cloud-init",
    { target: "pi", os: "raspios-12", pi: { boot: "cloudinit" } },
    ["target/os-mismatch pi.boot"],
  ],
  ["no server has a section pi", { pi: { boot: "auto" } }, ["target/other-section pi"]],
  ["no Pi is a machine of OpenTofu", { ...aPi, machine: { size: "a" } }, ["target/other-section machine"]],
  [
    "EC2 has its own section",
    { target: "ec2", ec2: { region: "eu-central-1" }, machine: { size: "a" } },
    ["target/other-section machine"],
  ],
  ["a server may have a size", { target: "hetzner", machine: { size: "cx33" } }, []],
  ["no server joins a wireless network", { network: { wifi } }, ["target/other-section network.wifi"]],
  ["a Pi joins one", { ...aPi, network: { wifi } }, []],
  [
    "incomplete Wi-Fi settings are reported",
    { ...aPi, network: { wifi: {} } },
    ["ssid", "country", "psk"].map((key) => `settings/missing-key network.wifi.${key}`),
  ],
  [
    "an open network needs no passphrase",
    { ...aPi, network: { wifi: { ssid: "lab", country: "DE", security: "open" } } },
    [],
  ],
  [
    "a passphrase for an open network is said",
    { ...aPi, network: { wifi: { ...wifi, security: "open" } } },
    ["network/passphrase-unused network.wifi.psk"],
  ],
  [
    "addresses of the wireless device need a network to join",
    { ...aPi, network: { interface: "wlan0", addresses: ["192.0.2.10/24"] } },
    ["settings/missing-key network.wifi"],
  ],
  [
    "the wireless device may have the addresses",
    { ...aPi, network: { wifi, interface: "wlan0", addresses: ["192.0.2.10/24"] } },
    [],
  ],
  [
    "a Pi has one wireless device",
    { ...aPi, network: { wifi, interface: "wlan1", addresses: ["192.0.2.10/24"] } },
    ["settings/invalid-value network.interface"],
  ],
  [
    "a literal passphrase is said",
    { ...aPi, network: { wifi: { ...wifi, psk: "correct horse" } } },
    ["secret/literal network.wifi.psk"],
  ],
  ["DShield with an account is fine", { dshield: account }, []],
  [
    "DShield needs an account",
    { dshield: { install: true } },
    ["email", "user_id", "api_key"].map((key) => `settings/missing-key dshield.${key}`),
  ],
  [
    "a literal API key is said",
    { dshield: { ...account, api_key: "abc" } },
    ["secret/literal dshield.api_key"],
  ],
  ["a tag of DShield is fine", { dshield: { ...account, ref: "V100" } }, []],
  ["a short commit of DShield is fine", { dshield: { ...account, ref: "3b3ce09" } }, []],
  [
    "a branch of DShield is said",
    { dshield: { ...account, ref: "dev/100" } },
    ["dshield/branch dshield.ref"],
  ],
  [
    "an account without install is said",
    { dshield: { user_id: 1 } },
    ["dshield/not-installed dshield.user_id"],
  ],
  ["an account that is deliberately unused is fine", { dshield: { ...account, install: false } }, []],
  ["a transfer an hour later is fine", { transfer: sent("0 4 * * *") }, []],
  ["a transfer at half past is fine", { transfer: sent("30 3 * * *") }, []],
  [
    "a transfer a minute too early overlaps",
    { transfer: sent("29 3 * * *") },
    ["schedule/overlap transfer.schedule"],
  ],
  [
    "a transfer at the same time overlaps",
    { transfer: sent("0 3 * * *") },
    ["schedule/overlap transfer.schedule"],
  ],
  [
    "a transfer of each quarter overlaps",
    { transfer: sent("*/15 * * * *") },
    ["schedule/overlap transfer.schedule"],
  ],
  [
    "a transfer that meets the backup once a year overlaps",
    { transfer: sent("10 3 24 12 *") },
    ["schedule/overlap transfer.schedule"],
  ],
  [
    "schedules on other days do not overlap",
    { backup: { schedule: "0 3 * * 1" }, transfer: sent("0 3 * * 2") },
    [],
  ],
  [
    "an empty transfer is reported with its missing settings",
    { transfer: {} },
    [
      "settings/missing-key transfer.host",
      "settings/missing-key transfer.user",
      "settings/missing-key transfer.path",
      "transfer/no-host-key transfer.host_key",
      "transfer/no-private-key transfer.private_key",
    ],
  ],
  [
    "private_key beside a key that the sensor makes is reported",
    { transfer: { ...sent("0 4 * * *"), private_key: { env: "KEY" } } },
    ["transfer/key-unused transfer.private_key"],
  ],
  [
    "a gateway outside is said",
    { network: { interface: "eth0", addresses: ["192.0.2.2/28"], gateways: ["192.0.2.99"] } },
    ["network/no-route network.gateways.0"],
  ],
  [
    "a gateway outside of a single address is fine",
    {
      network: {
        interface: "eth0",
        addresses: ["203.0.113.7/32", "2001:db8::7/128"],
        gateways: ["172.31.1.1", "2001:db8:ff::1"],
      },
    },
    [],
  ],
  [
    "a link-local gateway is fine",
    { network: { interface: "eth0", addresses: ["2001:db8::2/64"], gateways: ["fe80::1"] } },
    [],
  ],
  [
    "a gateway of another family is said",
    { network: { interface: "eth0", addresses: ["192.0.2.2/28"], gateways: ["2001:db8::1"] } },
    ["network/no-route network.gateways.0"],
  ],
] as const)
  rules(name, async () => {
    assert.equal(await said(settings), want);
  });

for (const [name, settings, want] of [
  ["both", { disk: { size_gigabytes: 8 } }, "these values fit: capture.keep_days: 7, backup.keep_days: 7"],
  [
    "files that are kept for too long beside seven days of captures",
    { disk: { size_gigabytes: 8 }, capture: { keep_days: 7 }, backup: { keep_days: 30 } },
    "these values fit: backup.keep_days: 7",
  ],
  [
    "captures alone where they are not archived",
    { disk: { size_gigabytes: 8 }, capture: { keep_days: 99 }, backup: { sets: ["logs"] } },
    "these values fit: capture.keep_days: 14",
  ],
  ["a larger disk", { disk: { size_gigabytes: 4 } }, "the disk is too small even for one day"],
] as const)
  rules(`the disk forecast suggests ${name}`, async () => {
    const [forecast] = await diagnosed(settings);
    assert.is(forecast?.hint?.split(";")[0], want);
  });

rules.run();
