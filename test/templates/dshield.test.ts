import { createHmac } from "node:crypto";
import { readFile } from "node:fs/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { environment } from "../../src/artifacts/environment.ts";
import { loadSettings } from "../../src/load/load.ts";
import {
  apiKey,
  hasTidiedUp,
  ini,
  installationTools,
  startSensor,
  state,
  step,
  withSensor,
} from "../support/dshield-installation.ts";
import type { Machine } from "../support/machine.ts";
import { needs } from "../support/needs.ts";
import type { Outcome } from "../support/scratch-root.ts";
import { virtualWorld } from "../support/virtual-world.ts";

// The step runs against a real /etc, useradd, sudo, dpkg, openssl and iptables-restore. A stand-in replaces DShield's
// installer; /etc/dshield-stand-in selects its faults.
const dshield = suite("first-boot/50-dshield");
const test = needs(...installationTools);

// The results of one installation whose settings all differ from the defaults.
const rich: Readonly<Record<string, string>> = {
  // The capture's own (eth1); DShield takes the device of the default route.
  ...(await captureOf("capture-interface-is-dshields")),
  DSHIELD_EMAIL: "analyst+pi@example.org",
  DSHIELD_TELNET: "false",
  DSHIELD_CERTIFICATE: "DE/Hesse/Kassel/Example Ltd./Sales",
  ADMIN_ALLOW_FROM: "198.51.100.7/32 203.0.113.0/24 2001:db8::7/128",
};
let sensor: { readonly machine: Machine; readonly outcome: Outcome } | undefined;

test(dshield, "installs DShield as a user that has no rights afterwards", async () => {
  const { machine, install } = await startSensor(rich);
  const outcome = await install();
  sensor = { machine, outcome };
  assert.is(outcome.code, 0, outcome.stderr);
  assert.match(await machine.must(`cat ${state}/dshield.last`), /^\d+ ok [0-9a-f]{7} of \d{4}-\d\d-\d\d\n$/);
  assert.match(outcome.stderr, "installed: exit code 0: To check if all is working right:\n");
  assert.match(await machine.must("id dshield"), /^uid=\d+\(dshield\) gid=\d+\(dshield\) /);
  assert.is((await machine.run("runuser -u dshield -- sudo -n true")).code, 1);
  await hasTidiedUp(machine);
  const calls = await machine.must("cat /calls");
  assert.match(calls, "enable --quiet cron.service rsyslog.service cowrie.service web-honeypot.service\n");
  assert.match(calls, "disable --quiet systemd-networkd.service systemd-networkd-wait-online.service\n");
});

test(
  dshield,
  "the ini has the settings in the installer's format, with the device of the default route",
  async () => {
    const text = await theSensor().machine.must(`cat ${ini}`);
    assert.is(rich.CAPTURE_INTERFACE, "eth1");
    for (const line of [
      "interface=eth0",
      "email=analyst+pi@example.org",
      "userid=123456",
      `apikey=${apiKey}`,
      'localips="198.51.100.7 "',
      "manualupdates=1",
      "telnet=false",
      "enable_local_logs=true",
      "local_logs_file=/srv/log/webhoneypot_{date}.json",
    ])
      assert.ok(text.includes(`\n${line}\n`), text);
    assert.match(text, /\npiid=[0-9a-f]{20}\n/);
  },
);

test(dshield, "only root and the honeypot may read the API key", async () => {
  const { machine, outcome } = theSensor();
  const link = `stat -c '%a %U' ${ini}; readlink /etc/dshield.ini`;
  assert.is(await machine.must(link), `640 dshield\n${ini}\n`);
  const holders =
    "/etc/honeypot/secrets/cowrie.env\n/etc/honeypot/secrets/dshield_api_key\n/var/log/honeypot_dshield.log\n";
  const found = `grep -rlF '${apiKey}' /etc/honeypot /var/log /opt /home /var/lib/honeypot | sort`;
  assert.is(await machine.must(found), holders);
  assert.is(await machine.must(`stat -c %a $(${found})`), "600\n600\n600\n");
  assert.not.match(outcome.stdout + outcome.stderr, apiKey);
});

test(dshield, "cowrie's environment has the values that the installer omits from its file", async () => {
  const environment = (await theSensor().machine.must("cat /etc/honeypot/secrets/cowrie.env")).split("\n");
  for (const line of [
    "OUTPUT_DSHIELD_ENABLED=true",
    "OUTPUT_DSHIELD_USERID=123456",
    `OUTPUT_DSHIELD_AUTH_KEY=${apiKey}`,
    "OUTPUT_DSHIELD_BATCH_SIZE=20",
    "TELNET_ENABLED=false",
    "HONEYPOT_SENSOR_NAME=attic-pi",
    "HONEYPOT_HOSTNAME=gamma",
  ])
    assert.ok(environment.includes(`COWRIE_${line}`), environment.join("\n"));
});

test(dshield, "the certificate has the subject of the settings", async () => {
  const subject = await theSensor().machine.must(
    "openssl x509 -noout -subject -in /srv/web/combined_stunnel.pem",
  );
  assert.match(subject, /C ?= ?DE, ST ?= ?Hesse, L ?= ?Kassel, O ?= ?Example Ltd\., OU ?= ?Sales/);
});

test(dshield, "the service is asked with the hash it can make itself, and never with the key", async () => {
  const { machine } = theSensor();
  const asked = (await machine.must("cat /curl")).trim();
  const [, nonce = "", hash, piid] =
    asked.match(
      /https:\/\/isc\.sans\.edu\/api\/checkapikey\/analyst%2bpi%40example\.org\/([0-9a-f]{20})\/([0-9a-f]{128})\/100\/([0-9a-f]{20})$/,
    ) ?? [];
  const wanted = createHmac("sha512", nonce).update(`analyst+pi@example.org:${apiKey}`).digest("hex");
  assert.is(hash, wanted, asked);
  assert.match(await machine.must(`cat ${ini}`), `\npiid=${piid}\n`);
  assert.match(await machine.must(`cat ${state}/dshield-key.last`), /^\d+ ok accepted\n$/);
});

test(dshield, "run again, it keeps the sensor's identity", async () => {
  const { machine } = theSensor();
  const look = `grep piid ${ini}; cat /etc/honeypot/secrets/cowrie.env`;
  const before = await machine.must(look);
  await machine.must(step);
  assert.is(await machine.must(look), before);
  assert.is(await machine.must("grep -c velociraptor /etc/hosts"), "1\n");
});

dshield.after(() => sensor?.machine.stop());

test(dshield, "the firewall file is one that iptables takes, whatever networks the sensor is in", () =>
  withSensor(async (machine, install) => {
    for (const networks of ["192.0.2.10/32", "192.0.2.10/24", "192.0.2.10/24 198.51.100.10/24"]) {
      await machine.must(`ip address flush dev eth0
        for network in ${networks}; do ip address add "$network" dev eth0; done
        ip route replace default dev eth0 scope link`);
      const { code, stderr } = await install();
      assert.is(code, 0, `${networks}: ${stderr}`);
      const trusted = await machine.must("grep -- '-s .* --dport 12222' /etc/network/iptables");
      assert.is(trusted, "-A INPUT -i eth0 -s 10.0.0.0/8 -p tcp --dport 12222 -j ACCEPT\n");
      assert.is(await machine.must("ip route show 10.255.255.0/24"), "");
    }
  }),
);

const answers: readonly (readonly [name: string, answer: string, said: RegExp, isInstalled: boolean])[] = [
  [
    "refuses the key",
    "<info><result>bad</result></info>",
    /^\d+ failed DShield refuses this API key for /,
    false,
  ],
  [
    "knows the key as another's",
    "<result>ok</result><id>77</id>",
    /^\d+ failed this API key is of account 77, not 123456\n$/,
    false,
  ],
  ["says nothing", "", /^\d+ failed DShield refuses this API key for /, false],
  ["forbids it", "no 403", /^\d+ failed DShield refuses this API key for /, false],
  [
    "is behind a portal",
    "<!DOCTYPE html><p>Log in",
    /^\d+ unchecked not checked, the service returned: <!DOC/,
    true,
  ],
  ["is not there", "FAIL", /^\d+ unchecked not checked, the service returned: curl: \(6\)/, true],
  [
    "is broken",
    "<h1>Bad Gateway</h1> 502",
    /^\d+ unchecked not checked, the service returned: <h1>Bad Gateway/,
    true,
  ],
];
for (const [name, answer, said, isInstalled] of answers)
  test(
    dshield,
    `when the service ${name}, the sensor is ${isInstalled ? "installed and says so" : "not half-installed"}`,
    () =>
      withSensor(async (machine, install) => {
        await machine.write("/answer", answer);
        const { code, stderr } = await install();
        assert.match(await machine.must(`cat ${state}/dshield-key.last`), said);
        assert.is(code, isInstalled ? 0 : 1, stderr);
        assert.is((await machine.run("test -e /srv/dshield")).code, isInstalled ? 0 : 1);
        if (isInstalled) return;
        assert.is((await machine.run("id dshield")).code, 1);
        await machine.write("/answer", "<result>ok</result>");
        assert.is((await install()).code, 0);
        assert.match(await machine.must(`cat ${state}/dshield-key.last`), " ok accepted\n");
      }),
  );

test(dshield, "with check_api_key: false the service is not queried", () =>
  withSensor(
    async (machine, install) => {
      assert.is((await install()).code, 0);
      assert.is((await machine.run("test -e /curl")).code, 1);
      assert.is((await machine.run(`test -e ${state}/dshield-key.last`)).code, 1);
    },
    { DSHIELD_CHECK_KEY: "false" },
  ),
);

const agent =
  "dpkg-query --show 'velociraptor*' 2>/dev/null; ls -d /etc/velociraptor* /etc/apt/sources.list.d/velo* 2>/dev/null || true";
for (const way of ["", "agent\n"])
  test(
    dshield,
    `the remote-administration agent is kept out${way && ", also when it comes by another way"}`,
    () =>
      withSensor(async (machine, install) => {
        await machine.write("/etc/dshield-stand-in", way);
        assert.is((await install()).code, 0);
        assert.is(await machine.must(agent), "");
        assert.match(await machine.must("cat /etc/hosts"), "0.0.0.0 velociraptor.dshield.org\n");
      }),
  );

test(dshield, "the agent may come when the settings say so", () =>
  withSensor(
    async (machine, install) => {
      assert.is((await install()).code, 0);
      assert.match(await machine.must(agent), /^velociraptor-client\t1\n/);
    },
    { DSHIELD_VELOCIRAPTOR: "true" },
  ),
);

test(dshield, "a machine with little memory has swap while the installer runs", () =>
  withSensor(async (machine, install) => {
    for (const command of ["fallocate", "mkswap", "swapon", "swapoff"])
      await machine.write(
        `/usr/local/bin/${command}`,
        `#!/bin/bash\necho "${command} $*" >>/swap\nif [[ ${command} == fallocate ]]; then touch /var/honeypot.swap; fi\n`,
        "0755",
      );
    await install();
    assert.not.match(await machine.must("cat /swap"), "swapon");
    await machine.must("rm /swap");
    await machine.write("/meminfo", "MemTotal: 948000 kB\nSwapTotal: 102396 kB\n");
    await machine.must("mount --bind /meminfo /proc/meminfo");
    assert.is((await install()).code, 0);
    assert.is(
      await machine.must("cat /swap"),
      "swapoff -- /var/honeypot.swap\nfallocate --length=1G -- /var/honeypot.swap\nmkswap -- /var/honeypot.swap\nswapon -- /var/honeypot.swap\nswapoff -- /var/honeypot.swap\n",
    );
    await hasTidiedUp(machine);
  }),
);

dshield.run();

function theSensor(): { readonly machine: Machine; readonly outcome: Outcome } {
  if (sensor === undefined) throw new Error("the first of these tests could not start it");
  return sensor;
}

/** The environment that the settings of a reported case produce for the capture's script. */
async function captureOf(name: string): Promise<Readonly<Record<string, string>>> {
  const file = `test/cases/${name}/sensors.yaml`;
  const outside = virtualWorld({ [file]: await readFile(file) });
  const { sensors } = await loadSettings(file, outside, { readSecrets: false });
  const variables = sensors.flatMap(({ plan }) => environment(plan));
  return Object.fromEntries(variables.filter(([variable]) => variable === "CAPTURE_INTERFACE"));
}
