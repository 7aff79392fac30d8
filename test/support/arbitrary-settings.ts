import fc from "fast-check";
import type { PiBoot } from "../../src/plan/resolve-pi-boot.ts";
import type { WrittenRescue } from "../../src/settings/grammar/admin.ts";
import type { WrittenSensor, WrittenSettings } from "../../src/settings/grammar.ts";
import type { OsName } from "../../src/values/os-names.ts";
import type { TargetName } from "../../src/values/target-names.ts";
import { placesByRegion } from "../../src/values/time-zone-names.ts";
import { ageRecipient, ecdsaKey256, ecdsaKey521, ed25519Key, rsaKey } from "./keys.ts";

/** One line of printable ASCII that is nasty to many readers. */
export const nastyAscii: fc.Arbitrary<string> = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ..."$(id)|`id`|$HOME|$\u007bHOME}|{{name}}|{{{name}}}|<%= x %>|%h|%%|\\|\\\\|\\n|\"|'|'\\''|\"\"|;|&&|#| # |: |- |---|&a|*a|!t|~|@|null|yes|0x10|1e3|<<EOF|>|[|]|{|}|,|?|=|\\u0041|%{x}|&amp;|..|/".split(
          "|",
        ),
        "|",
      ),
      fc.string({ unit: "grapheme-ascii", minLength: 1, maxLength: 4 }),
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((parts) => parts.join(""))
  .filter((text) => /^[\x21-\x7e]([\x20-\x7e]{0,125}[\x21-\x7e])?$/.test(text));

/**
 * Settings documents that the model accepts without an error, every leaf that has an effect among them, free
 * text full of what shells, YAML, cron, systemd and templates give a meaning. A setting that becomes possible
 * belongs here too: the property tests of the compiler feed on it.
 */
export const arbitrarySettings: fc.Arbitrary<WrittenSettings> = fc
  .tuple(
    fc.uniqueArray(sensorName(), { minLength: 1, maxLength: 3 }),
    fc.array(sensorSettings(), { minLength: 4, maxLength: 4 }),
    fc.boolean(),
  )
  .map(([names, settings, hasDefaults]) => ({
    version: 1 as const,
    ...(hasDefaults && settings[3] && { defaults: settings[3] }),
    sensors: names.map((name, index): WrittenSensor => ({ ...settings[index], name })),
  }));

/** A document as text: JSON is YAML. */
export function settingsText(document: WrittenSettings): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

function sensorName(): fc.Arbitrary<string> {
  return fc.stringMatching(/^[a-z][a-z0-9-]{0,20}[a-z0-9]$/);
}

// Every map is whole, so that what is below another one never leaves half of a pair that must fit together.
function sensorSettings(): fc.Arbitrary<Omit<WrittenSensor, "name">> {
  const zones = Object.entries(placesByRegion).flatMap(([region, places]) =>
    places.split(" ").map((place) => `${region}/${place}`),
  );
  const days = fc.integer({ min: 1, max: 3650 });
  return fc
    .record({
      place: fc.constantFrom<readonly [TargetName, OsName, PiBoot?]>(
        ["nocloud", "debian-12"],
        ["ec2", "debian-13"],
        ["hetzner", "ubuntu-26.04"],
        ["gcp", "ubuntu-24.04"],
        ["digitalocean", "debian-12"],
        ["vultr", "debian-13"],
        ["linode", "debian-13"],
        ["azure", "ubuntu-24.04"],
        ["openstack", "debian-13"],
        ["oracle", "ubuntu-24.04"],
        ["pi", "ubuntu-26.04"],
        ["pi", "raspios-12"],
        ["pi", "raspios-13"],
        ["pi", "raspios-13", "preseed"],
      ),
      timezone: fc.constantFrom("UTC", "Etc/UTC", "Etc/GMT+12", ...zones),
      admin: fc.record({
        user: fc.stringMatching(/^[a-z_][a-z0-9_-]{0,20}$/).map((name) => `${name}_x`),
        ssh_port: fc.integer({ min: 10_000, max: 65_535 }),
        ssh_keys: fc.array(publicKey(), { minLength: 1, maxLength: 3 }),
        allow_from: fc.oneof(
          fc.constant("anywhere" as const),
          fc.array(network(), { minLength: 1, maxLength: 4 }),
        ),
        rescue: fc.constantFrom<WrittenRescue>(
          "off",
          {},
          { after_minutes: 5 },
          { after_minutes: 60, open_minutes: 1440 },
        ),
      }),
      dshield: fc.record({
        install: fc.boolean(),
        email: fc.constantFrom("analyst@example.org", "a.b+c-d_e@mail.example.co"),
        user_id: fc.integer({ min: 1, max: 2_147_483_647 }),
        api_key: fc.constantFrom("abc123", "a+b/c=="),
        repository: fc.constantFrom(
          "https://github.com/DShield-ISC/dshield",
          "https://git.example.org:8443/a/b.git/",
        ),
        ref: fc.constantFrom("main", "V100", "3b3ce095f5193faa39b7622cd23d2d05c30ff092"),
        check_api_key: fc.boolean(),
        telnet: fc.boolean(),
        velociraptor: fc.boolean(),
        keep_configured: fc.boolean(),
        updates: fc.constantFrom("manual", "weekly"),
        daily_reboot: fc.constantFrom("keep", "off", "04:30", "23:05"),
      }),
      capture: fc
        .record({
          interface: fc.oneof(fc.constant("auto"), device()),
          exclude_ports: fc.array(fc.integer({ min: 1, max: 65_535 }), { maxLength: 4 }),
          exclude_hosts: fc.array(network(), { maxLength: 3 }),
          filter: fc.option(
            fc.constantFrom(
              "not icmp",
              "tcp[tcpflags] & (tcp-syn|tcp-fin) != 0",
              "port 53 or (udp and less 100)",
              "ether[0] & 1 = 0 and ip[16] >= 224",
            ),
            { nil: undefined },
          ),
          snap_length: fc.integer({ min: 64, max: 262_144 }),
          rotate: fc.record({
            hours: fc.integer({ min: 1, max: 168 }),
            megabytes: fc.integer({ min: 1, max: 100_000 }),
          }),
          keep_days: days,
        })
        .map(({ filter, ...rest }) => ({ ...rest, ...(filter !== undefined && { filter }) })),
      security: fc.record({ egress: fc.constantFrom("open", "restricted") }),
      logs: fc.record({ keep_days: days }),
      backup: fc.record({
        schedule: schedule(),
        sets: fc
          .subarray(["home", "logs", "srv", "dshield_logs", "crontabs", "dumps"] as const, { minLength: 1 })
          .map((sets) => [...sets]),
        format: fc.constantFrom("zip", "7z", "tar.zst"),
        password: fc.oneof(fc.constant("infected"), nastyAscii),
        encrypt_to: fc.array(fc.constantFrom(ageRecipient, ed25519Key, rsaKey), {
          minLength: 1,
          maxLength: 3,
        }),
        keep_days: days,
      }),
      tools: fc.record({
        memory_megabytes: fc.integer({ min: 128, max: 65_536 }),
        time_limit_minutes: fc.integer({ min: 1, max: 1440 }),
        keep_days: days,
        cowrieprocessor: fc.record({
          schedule: schedule(),
          ref: fc.constantFrom("main", "87290ca875edbc1d0eb6d46eaa6c6f3030c57715"),
          email: fc.constantFrom("analyst@example.org", "a.b+c-d_e@mail.example.co"),
          virustotal_api_key: token(),
          urlhaus_api_key: token(),
          spur_api_key: token(),
        }),
        json_log_country: fc.record({
          schedule: schedule(),
          ref: fc.constantFrom("main", "92a791b23b1399f92255f50d0037f9e0f4ed1149"),
          geolite2: fc.record({
            account_id: fc.integer({ min: 1, max: 2_147_483_647 }),
            license_key: token(),
          }),
        }),
      }),
      metrics: fc.record({ allow_from: fc.subarray(["192.0.2.9", "2001:db8::/64"], { minLength: 1 }) }),
      notify: fc.record({
        heartbeat: fc.record({ url: url() }),
        webhook: fc.record({
          url: url(),
          format: fc.constantFrom("json", "ntfy", "slack", "discord", "matrix", "teams"),
          token: token(),
        }),
        mail: fc.record({
          host: fc.constantFrom("mail.example.org", "192.0.2.8", "2001:db8::8"),
          port: fc.integer({ min: 1, max: 65_535 }),
          tls: fc.constantFrom("starttls", "implicit"),
          from: fc.constantFrom("alerts@example.org"),
          to: fc.subarray(["a@example.org", "a.b+c@example.org"], { minLength: 1 }),
          user: nastyAscii.map((text) => `u${text.replaceAll(" ", "")}`),
          password: nastyAscii,
        }),
      }),
      disk: fc.record({
        max_used_percent: fc.integer({ min: 50, max: 95 }),
        size_gigabytes: fc.integer({ min: 4, max: 100_000 }),
        capture_megabytes_per_day: fc.integer({ min: 1, max: 1_000_000 }),
      }),
      network: fc.option(staticNetwork(), { nil: undefined }),
      wifi: wireless(),
    })
    .map(({ place: [target, os, boot], network, wifi, ...rest }) => ({
      target,
      os,
      ...rest,
      // A sensor on a Pi says its own, lest it get that of `defaults` for another system.
      ...(target === "pi"
        ? { pi: { boot: boot ?? "auto" }, network: { ...network, wifi } }
        : network && { network }),
    }));
}

function wireless() {
  return fc.record({
    ssid: fc
      .oneof(nastyAscii, fc.string({ unit: "grapheme", minLength: 1, maxLength: 12 }))
      .filter((text) => Buffer.byteLength(text) <= 32 && !/[\p{C}\p{Zl}\p{Zp}]/u.test(text)),
    psk: nastyAscii.filter((text) => text.length >= 8 && text.length <= 63),
    country: fc.constantFrom("DE", "NO", "US"),
    hidden: fc.boolean(),
    security: fc.constantFrom("wpa2" as const, "wpa3" as const),
  });
}

function url(): fc.Arbitrary<string> {
  return fc.stringMatching(/^https:\/\/hooks\.example\.org(:8443)?\/[A-Za-z0-9._~!$&'()*+,;=:@%/?-]{1,64}$/);
}

function token(): fc.Arbitrary<string> {
  return fc.stringMatching(/^[A-Za-z0-9+/=_.-]{1,64}$/);
}

function publicKey(): fc.Arbitrary<string> {
  const comment = fc
    .oneof(nastyAscii, fc.string({ unit: "grapheme", maxLength: 12 }))
    .filter((text) => !/[\p{C}\p{Zl}\p{Zp}]/u.test(text) && text === text.trim());
  return fc
    .tuple(fc.constantFrom(ed25519Key, rsaKey, ecdsaKey256, ecdsaKey521), comment)
    .map(([key, text]) => {
      const [kind, body] = key.split(" ");
      return `${kind} ${body} ${text}`.trim();
    });
}

function network(): fc.Arbitrary<string> {
  const four = fc.tuple(fc.ipV4(), fc.integer({ min: 1, max: 32 })).map(([address, prefix]) => {
    const bits = address.split(".").reduce((sum, byte) => sum * 256 + Number(byte), 0);
    const first = Math.floor(bits / 2 ** (32 - prefix)) * 2 ** (32 - prefix);
    return `${[24, 16, 8, 0].map((shift) => Math.floor(first / 2 ** shift) % 256).join(".")}/${prefix}`;
  });
  return fc.oneof(four, fc.ipV4(), fc.constantFrom("2001:db8::/32", "2001:DB8::1", "fd00::/8", "::1"));
}

function device(): fc.Arbitrary<string> {
  return fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,14}$/);
}

function schedule(): fc.Arbitrary<string> {
  const number = (min: number, max: number) =>
    fc.oneof(
      fc.constant("*"),
      fc.integer({ min, max }).map(String),
      fc.integer({ min: 2, max: 9 }).map((step) => `*/${step}`),
      fc.constant(`${min}-${max}`),
      fc.constant(`${min},${max}`),
    );
  return fc
    .tuple(
      number(0, 59),
      number(0, 23),
      fc.oneof(fc.constant("*"), fc.integer({ min: 1, max: 28 }).map(String)),
      fc.constantFrom("*", "1", "jan", "2-4"),
      fc.constantFrom("*", "0", "7", "mon", "1-5", "1,3"),
    )
    .map((fields) => fields.join(" "));
}

function staticNetwork(): fc.Arbitrary<NonNullable<WrittenSensor["network"]>> {
  return fc.constantFrom<NonNullable<WrittenSensor["network"]>>(
    {
      interface: "eth0",
      addresses: ["192.0.2.10/24"],
      gateways: ["192.0.2.1"],
      nameservers: ["192.0.2.53", "2001:db8::53"],
    },
    {
      interface: "enp1s0",
      addresses: ["192.0.2.10/28", "2001:DB8:0::10/64"],
      gateways: ["192.0.2.1", "fe80::1"],
      nameservers: [],
    },
    { interface: "ens3.100", addresses: ["2001:db8::10/64"] },
  );
}
