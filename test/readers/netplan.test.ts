import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import { networkConfig } from "../../src/artifacts/network-config.ts";
import { networkManagerFiles } from "../../src/artifacts/pi/network-manager.ts";
import { wirelessConfig } from "../../src/artifacts/pi/wireless-config.ts";
import { wirelessKey } from "../../src/artifacts/pi/wireless-key.ts";
import { stringifyYaml } from "../../src/artifacts/yaml.ts";
import type { Plan } from "../../src/plan/plan.ts";
import type { WifiPlan } from "../../src/plan/resolve-network.ts";
import { debianTree } from "../support/debian-tree.ts";
import { examplePlan } from "../support/example-plan.ts";
import { nasty } from "../support/nasty.ts";
import { needs } from "../support/needs.ts";
import { execute } from "../support/scratch-root.ts";

// The netplan of a Debian 13 reads a Pi's network-config, with the renderer of Raspberry Pi OS (NetworkManager).

const test = suite("readers/netplan");
const psk = "correct horse";
const names = nasty.filter((name) => name !== "" && Buffer.byteLength(name) <= 32);

needs("mmdebstrap", "mke2fs", "chroot")(
  test,
  "netplan makes the intended connection for every network name and every kind of security",
  async () => {
    const root = await debianTree("debian-13");
    for (const [index, ssid] of names.entries()) {
      const security = (["wpa2", "wpa3", "open"] as const)[index % 3] ?? "wpa2";
      const wifi: WifiPlan = { ssid, security, psk: undefined, country: "DE", isHidden: index % 2 === 0 };
      const plan: Plan = { ...examplePlan, target: "pi", os: "raspios-13", piBoot: "cloudinit", wifi };
      const connection = entriesOf(await generate(root, wirelessConfig(plan, psk)));
      assert.is(connection.get("wifi.ssid"), keyFileText(ssid), ssid);
      assert.is(connection.get("wifi.hidden"), wifi.isHidden ? "true" : undefined, ssid);
      assert.is(
        connection.get("wifi-security.key-mgmt"),
        { wpa2: "wpa-psk", wpa3: "sae", open: undefined }[security],
        ssid,
      );
      assert.is(connection.get("wifi-security.psk"), wirelessKey(wifi, psk), ssid);
      assert.is(connection.get("ipv4.method"), "auto");
      assert.is(connection.get("ipv6.method"), "auto");
    }
  },
);

needs("mmdebstrap", "mke2fs", "chroot")(
  test,
  "gateways outside of the sensor's networks are on the link, for networkd and for NetworkManager",
  async () => {
    const root = await debianTree("debian-13");
    const network = {
      interface: "ens18",
      addresses: ["203.0.113.7/32", "2001:db8::7/128"],
      gateways: ["172.31.1.1", "2001:db8:ffff::1"],
      nameservers: ["192.0.2.53"],
    };
    const plan: Plan = { ...examplePlan, network };
    const config = networkConfig(plan) ?? "";
    const units = await generate(root, config, "networkd", "run/systemd/network");
    const routes = units
      .split("[Route]\n")
      .slice(1)
      .map((route) => route.trim());
    assert.equal(routes.sort(), [
      "Destination=0.0.0.0/0\nGateway=172.31.1.1\nGatewayOnLink=true",
      "Destination=::/0\nGateway=2001:db8:ffff::1\nGatewayOnLink=true",
    ]);
    // On an image without netplan we write the connection: it has the same content as netplan's.
    const theirs = entriesOf(await generate(root, config));
    const [ours] = networkManagerFiles({ ...plan, target: "pi" }, undefined);
    for (const [key, value] of entriesOf(String(ours?.content)))
      if (key.startsWith("ip")) assert.is(theirs.get(key), value, key);
    assert.is(theirs.get("ipv6.route1_options"), "onlink=true");

    const inside = {
      ...network,
      addresses: ["203.0.113.7/24", "2001:db8::7/64"],
      gateways: ["203.0.113.1", "fe80::1"],
    };
    assert.not.match(networkConfig({ ...plan, network: inside }) ?? "", "on-link");
  },
);

// How a GKeyFile writes a string.
function keyFileText(text: string): string {
  return text.replaceAll("\\", "\\\\").replace(/^ +/, (blanks) => "\\s".repeat(blanks.length));
}

/** The one file that netplan makes of a configuration, or that of the wireless device, beside the wire's. */
async function generate(
  root: string,
  config: string,
  renderer = "NetworkManager",
  made = "run/NetworkManager/system-connections",
): Promise<string> {
  // In a folder that other test files do not copy from this shared tree.
  const folder = mkdtempSync(join(root, "srv/netplan-"));
  try {
    mkdirSync(join(folder, "etc/netplan"), { recursive: true });
    const network = { ...(parse(config) as object), renderer };
    const file = join(folder, "etc/netplan/50-cloud-init.yaml");
    writeFileSync(file, stringifyYaml({ network }), { mode: 0o600 });
    const inside = join("/srv", basename(folder));
    const words = [root, "/usr/libexec/netplan/generate", "--root-dir", inside];
    const { code, stdout, stderr } = await execute("chroot", words);
    assert.is(code, 0, `${config}\n${stdout}${stderr}`);
    assert.is(stderr, "", config);
    const names = readdirSync(join(folder, made));
    const name = names.find((entry) => entry.includes("wlan0")) ?? names[0];
    assert.ok(name, config);
    return readFileSync(join(folder, made, name as string), "utf8");
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function entriesOf(keyFile: string): ReadonlyMap<string, string> {
  const entries = new Map<string, string>();
  let section = "";
  for (const line of keyFile.split("\n")) {
    section = /^\[(.*)\]$/.exec(line)?.[1] ?? section;
    const equals = line.indexOf("=");
    if (equals > 0) entries.set(`${section}.${line.slice(0, equals)}`, line.slice(equals + 1));
  }
  return entries;
}

test.run();
