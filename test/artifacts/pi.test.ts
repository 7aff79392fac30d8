import { gunzipSync } from "node:zlib";
import { parseTar } from "nanotar";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import type { Artifact } from "../../src/artifacts/artifact.ts";
import { bytesOf } from "../../src/artifacts/artifact.ts";
import { type Compiled, compile } from "../../src/artifacts/compile.ts";
import { piBackends } from "../../src/artifacts/pi/backends.ts";
import { stringifyToml } from "../../src/artifacts/pi/toml.ts";
import { wirelessKey } from "../../src/artifacts/pi/wireless-key.ts";
import { readRelease } from "../../src/load/read-release.ts";
import type { Plan } from "../../src/plan/plan.ts";
import type { NetworkPlan, WifiPlan } from "../../src/plan/resolve-network.ts";
import { piBoots } from "../../src/plan/resolve-pi-boot.ts";
import { examplePlan } from "../support/example-plan.ts";

const test = suite("artifacts/pi");
const release = await readRelease();
const secrets = new Map([
  ["backup.password", "the backup's secret"],
  ["network.wifi.psk", "correct horse"],
]);
const wifi: WifiPlan = {
  ssid: "lab",
  security: "wpa2",
  psk: { kind: "env", name: "WIFI_PSK" },
  country: "DE",
  isHidden: false,
};
const network: NetworkPlan = {
  interface: "eth0",
  addresses: ["192.0.2.10/24", "2001:db8::10/64"],
  gateways: ["192.0.2.1", "fe80::1"],
  nameservers: ["192.0.2.53", "2001:db8::53"],
};
const plans: Readonly<Record<string, Plan>> = {
  "raspios-13": { ...examplePlan, target: "pi", os: "raspios-13", piBoot: "cloudinit", wifi },
  "raspios-12": { ...examplePlan, target: "pi", os: "raspios-12", piBoot: "firstrun", wifi },
  preseed: { ...examplePlan, target: "pi", os: "raspios-13", piBoot: "preseed", wifi },
  ubuntu: { ...examplePlan, target: "pi", os: "ubuntu-24.04", piBoot: "cloudinit", wifi },
};
const on = (name: keyof typeof plans): Plan => plans[name] as Plan;

function compiled(plan: Plan, values = secrets): Omit<Required<Compiled>, "programs" | "delivery"> {
  const result = compile(plan, values, release);
  if (result.kind === "too-large" || result.bootFiles === undefined) throw new Error("no boot files");
  return { ...result, bootFiles: result.bootFiles };
}

function fileOf(plan: Plan, path: string, values = secrets): string {
  const found = compiled(plan, values).artifacts.find((file) => file.path === path);
  if (found === undefined) throw new Error(`no ${path}`);
  return Buffer.from(bytesOf(found)).toString();
}

/** The files inside `honeypot.tar.gz`. */
function unpacked(plan: Plan, values = secrets): ReadonlyMap<string, string> {
  const { handed } = compiled(plan, values).userData;
  return new Map(parseTar(gunzipSync(handed)).map((file) => [file.name, file.text]));
}

const wanted: readonly (readonly [string, readonly string[], RegExp, readonly string[]])[] = [
  [
    "raspios-13",
    ["meta-data", "network-config", "user-data"],
    /^cfg80211\.ieee80211_regdom=DE ds=nocloud;i=sensor-1-[0-9a-f]{12}$/,
    ["raspios-13"],
  ],
  [
    "raspios-12",
    ["firstrun.sh", "honeypot-unpack.sh", "honeypot.tar.gz"],
    /^cfg80211\.ieee80211_regdom=DE systemd\.run=\/boot\/firmware\/firstrun\.sh systemd\.run_success_action=reboot systemd\.unit=kernel-command-line\.target$/,
    ["raspios-12"],
  ],
  [
    "preseed",
    ["honeypot-unpack.sh", "honeypot.tar.gz", "rpi-preseed.toml"],
    /^cfg80211\.ieee80211_regdom=DE$/,
    ["raspios-preseed"],
  ],
  [
    "ubuntu",
    ["meta-data", "network-config", "user-data"],
    /^cfg80211\.ieee80211_regdom=DE ds=nocloud;/,
    ["ubuntu"],
  ],
];
for (const [name, files, cmdline, fits] of wanted)
  test(`${name} gets its files, and an image of its kind only`, () => {
    const { bootFiles } = compiled(on(name));
    assert.equal(bootFiles.files.map(({ path }) => path).sort(), ["SENSOR-README.txt", ...files].sort());
    assert.match(bootFiles.cmdline.join(" "), cmdline);
    assert.equal(bootFiles.fits, fits);
  });

for (const name of Object.keys(plans)) {
  test(`${name}: build writes the same files, with a README that names them, and their sums`, () => {
    const { artifacts, bootFiles } = compiled(on(name));
    const rest = artifacts.filter(({ path }) => !bootFiles.files.some((file) => file.path === path));
    assert.equal(
      rest.map(({ path }) => path),
      ["README.txt", "SHA256SUMS"],
    );
    const readme = fileOf(on(name), "README.txt");
    for (const word of [...bootFiles.cmdline, ...bootFiles.files.map(({ path }) => path)])
      assert.ok(readme.includes(word), word);
  });

  test(`${name}: what holds a secret is 0600, the passphrase is nowhere, its key is`, () => {
    const key = wirelessKey(wifi, "correct horse") as string;
    let found = 0;
    for (const file of compiled(on(name)).artifacts) {
      const text = textOf(file);
      assert.not.match(text, "correct horse", file.path);
      if (text.includes(key)) found++;
      if (text.includes(key) || text.includes("the backup's secret")) assert.is(file.mode, 0o600, file.path);
    }
    assert.is(found, 1);
  });

  test(`${name}: the same input produces the same bytes`, () => {
    assert.equal(compiled(on(name)), compiled(on(name)));
  });
}

// The archive's content, too.
function textOf(file: Artifact): string {
  const bytes = bytesOf(file);
  return Buffer.from(file.path.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("latin1");
}

test("every mechanism has a backend and a system, once", () => {
  const named = piBackends.map(({ boot }) => boot);
  assert.equal([...new Set(named)].sort(), [...named].sort());
  assert.equal([...new Set(Object.values(piBoots).flat())].sort(), [...named].sort());
});

test("the key of a WPA2 network is that of IEEE 802.11", () => {
  const key = (ssid: string, psk: string) => wirelessKey({ ...wifi, ssid }, psk);
  assert.is(key("IEEE", "password"), "f42c6fc52df0ebef9ebb4b90b38a5f902e83fe1b135a70e23aed762e9710a12e");
  assert.is(
    key("ThisIsASSID", "ThisIsAPassword"),
    "0dc0d6eb90555ed6419756b9a15ec3e3209b63df707dd508d14581f8982721af",
  );
  assert.is(key("lab", "AB".repeat(32)), "ab".repeat(32));
});

test("the instance-id on the command line is that of meta-data, and the seed is local", () => {
  const data = parse(fileOf(on("raspios-13"), "meta-data")) as Record<string, string>;
  assert.ok(compiled(on("raspios-13")).bootFiles.cmdline.includes(`ds=nocloud;i=${data["instance-id"]}`));
  assert.is(data.dsmode, "local");
  assert.is(data["local-hostname"], "sensor-1");
});

test("user-data uses only modules that work on a Pi", () => {
  const config = parse(fileOf(on("raspios-13"), "user-data")) as Record<string, unknown>;
  assert.equal(Object.keys(config).sort(), [
    "bootcmd",
    "hostname",
    "manage_etc_hosts",
    "runcmd",
    "ssh_pwauth",
    "users",
    "write_files",
  ]);
});

const dhcp = { dhcp4: true, dhcp6: true, optional: true };
const fixed = {
  dhcp4: false,
  addresses: network.addresses,
  routes: [
    { to: "0.0.0.0/0", via: "192.0.2.1" },
    { to: "::/0", via: "fe80::1" },
  ],
  nameservers: { addresses: network.nameservers },
  optional: true,
};
const key = wirelessKey(wifi, "correct horse");
const networks: readonly (readonly [string, Partial<Plan>, object])[] = [
  ["DHCP on the wire without Wi-Fi", { wifi: undefined }, { ethernets: { eth0: dhcp } }],
  [
    "Wi-Fi beside the wire",
    {},
    {
      ethernets: { eth0: dhcp },
      wifis: { wlan0: { ...dhcp, "access-points": { lab: { password: key } } } },
    },
  ],
  [
    "static addresses on the wire",
    { network },
    {
      ethernets: { eth0: fixed },
      wifis: { wlan0: { ...dhcp, "access-points": { lab: { password: key } } } },
    },
  ],
  [
    "static addresses on Wi-Fi, a hidden one",
    { network: { ...network, interface: "wlan0" }, wifi: { ...wifi, isHidden: true } },
    {
      ethernets: { eth0: dhcp },
      wifis: { wlan0: { ...fixed, "access-points": { lab: { hidden: true, password: key } } } },
    },
  ],
  [
    "WPA3, with the passphrase",
    { wifi: { ...wifi, security: "wpa3" } },
    {
      ethernets: { eth0: dhcp },
      wifis: {
        wlan0: {
          ...dhcp,
          "access-points": { lab: { auth: { "key-management": "sae", password: "correct horse" } } },
        },
      },
    },
  ],
  [
    "an open network",
    { wifi: { ...wifi, security: "open", psk: undefined } },
    {
      ethernets: { eth0: dhcp },
      wifis: { wlan0: { ...dhcp, "access-points": { lab: { auth: { "key-management": "none" } } } } },
    },
  ],
];
for (const [name, changes, want] of networks)
  test(`network-config: ${name}`, () => {
    const text = fileOf({ ...on("raspios-13"), ...changes }, "network-config");
    assert.equal(parse(text), { version: 2, ...want });
  });

const connections: readonly (readonly [string, Partial<Plan>, string, string, string])[] = [
  [
    "Wi-Fi",
    {},
    "wifi",
    "correct horse",
    `[connection]\nid=honeypot-wifi\ntype=wifi\ninterface-name=wlan0\n\n[wifi]\nmode=infrastructure\nssid=108;97;98;\n\n[wifi-security]\nkey-mgmt=wpa-psk\npsk=${key}\n\n[ipv4]\nmethod=auto\n\n[ipv6]\nmethod=auto\n`,
  ],
  [
    "WPA3 with a passphrase that a key file would read otherwise",
    { wifi: { ...wifi, security: "wpa3", ssid: "1;2", isHidden: true } },
    "wifi",
    " back\\slash ",
    "[connection]\nid=honeypot-wifi\ntype=wifi\ninterface-name=wlan0\n\n[wifi]\nmode=infrastructure\nssid=49;59;50;\nhidden=true\n\n[wifi-security]\nkey-mgmt=sae\npsk=\\sback\\\\slash\\s\n\n[ipv4]\nmethod=auto\n\n[ipv6]\nmethod=auto\n",
  ],
  [
    "static addresses on the wire",
    { network },
    "wire",
    "correct horse",
    "[connection]\nid=honeypot-wire\ntype=ethernet\ninterface-name=eth0\n\n[ipv4]\nmethod=manual\naddress1=192.0.2.10/24\ngateway=192.0.2.1\ndns=192.0.2.53;\n\n[ipv6]\nmethod=manual\naddress1=2001:db8::10/64\ngateway=fe80::1\ndns=2001:db8::53;\n",
  ],
];
for (const [name, changes, device, psk, want] of connections)
  for (const os of ["raspios-12", "preseed"])
    test(`${os}: NetworkManager's file: ${name}`, () => {
      const files = unpacked({ ...on(os), ...changes }, new Map([...secrets, ["network.wifi.psk", psk]]));
      assert.is(files.get(`etc/NetworkManager/system-connections/honeypot-${device}.nmconnection`), want);
    });

test("the archive holds the sensor's own tree, and none of the programs for the boot partition", () => {
  const names = [...unpacked(on("raspios-12")).keys()];
  for (const name of [
    "etc/default/honeypot",
    "etc/systemd/system/honeypot-first-boot.service",
    "etc/systemd/system/honeypot-first-boot.service.d/boot-partition.conf",
    "opt/honeypot/first-boot/05-scrub.sh",
    "opt/honeypot/scripts/boot-log.sh",
  ])
    assert.ok(names.includes(name), name);
  assert.equal(
    names.filter((name) => name.startsWith("boot/")),
    [],
  );
});

test("other targets contain no Pi files", () => {
  const result = compile({ ...examplePlan, target: "nocloud" }, secrets, release);
  if (result.kind === "too-large") return assert.unreachable();
  assert.not.match(result.userData.text, /05-scrub|boot-log|boot-partition|firstrun/);
});

test("firstrun.sh removes itself last, as the image's own fix-up expects it", () => {
  // imager_fixup keeps the lines before the one that removes firstrun.sh, and writes its own end.
  const lines = fileOf(on("raspios-12"), "firstrun.sh").trimEnd().split("\n");
  assert.match(lines.at(-1) ?? "", /rm.*firstrun\.sh$/);
  assert.is(lines.filter((line) => /rm .*firstrun\.sh/.test(line)).length, 1);
});

// What the schema of rpi-preseed (July 2026) calls these keys.
const documented: Readonly<Record<string, string>> = {
  config_version: "string",
  "system.hostname": "string",
  "runcmd.early": "array",
  "runcmd.early_cmd_timeout": "int",
  "runcmd.late": "array",
};

test("rpi-preseed.toml has only keys that are documented, in the subset that its parser reads", () => {
  let section = "";
  for (const line of fileOf(on("preseed"), "rpi-preseed.toml").split("\n")) {
    const header = /^\[([a-z]+)\]$/.exec(line);
    if (header) section = `${header[1]}.`;
    if (line === "" || header) continue;
    const [, name = "", value = ""] = /^([a-z_]+) = (.*)$/.exec(line) ?? [];
    const text = /"(?:[^"\\]|\\["\\])*"/.source;
    const forms: Readonly<Record<string, RegExp>> = {
      string: new RegExp(`^${text}$`),
      array: new RegExp(`^\\[${text}(, ${text})*\\]$`),
      int: /^\d+$/,
    };
    assert.match(value, forms[documented[`${section}${name}`] ?? ""] ?? /^$a/, line);
  }
});

test("TOML: two escapes and no more", () => {
  assert.is(
    stringifyToml({ a: 'b"c\\d', t: { x: ["]", "#"], y: 3, z: true } }),
    'a = "b\\"c\\\\d"\n\n[t]\nx = ["]", "#"]\ny = 3\nz = true\n',
  );
  assert.throws(() => stringifyToml({ a: "two\nlines" }), /control/);
});

test.run();
