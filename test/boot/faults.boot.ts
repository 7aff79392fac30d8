// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are for bash
import { suite } from "uvu";
import * as assert from "uvu/assert";
import type { VirtualMachine } from "../../src/emulation/virtual-machine.ts";
import { waitFor } from "../../src/emulation/wait-for.ts";
import { dshieldUnderTest, serviceVariables, waitForFirstBoot } from "../support/dshield-under-test.ts";
import { probesOf, releasesToBoot } from "../support/sensor-under-test.ts";

// Each fault is planted alone on a real sensor with DShield, the next honeypot-status names it, and it is repaired.
// test/templates/planted-links.test.ts has the faults that only hours of traffic show.
const planted = suite("faults of a sensor that has booted");

type Fault = {
  readonly fault: string;
  readonly plant: string;
  readonly repair: string;
  readonly check: string;
  readonly status: "bad" | "note";
  readonly message: RegExp;
};

const settingsFile = "/etc/default/honeypot";
const keepSettings = `cp --preserve ${settingsFile} /root/settings`;
const restoreSettings = `cp --preserve /root/settings ${settingsFile}`;
const captureAgain = `${restoreSettings}; systemctl reset-failed honeypot-capture; systemctl restart honeypot-capture`;
const captureFails = (setting: string) =>
  `${keepSettings}; systemctl stop honeypot-capture
  sed --in-place 's/^${setting.replace(/=.*/, "")}=.*/${setting}/' ${settingsFile}
  systemctl start --no-block honeypot-capture
  soon grep --quiet ' failed ' /var/lib/honeypot/state/capture.last`;
const secret = "/etc/honeypot/secrets/dshield_api_key";
const keyResult = "/var/lib/honeypot/state/dshield-key.last";

// Gives up after two minutes, and then repairs: a loop without an end would hold up the whole run.
const functions = `soon() {
  for _ in {1..600}; do
    if "$@" 2>/dev/null; then return; fi
    sleep 0.2
  done
  echo "still not: $*"
  return 1
}
listens() { [[ -n "$(ss -Hltn "sport = :$1")" ]]; }`;

const faults: readonly Fault[] = [
  {
    fault: "flushed NAT rules",
    plant: "iptables --table nat --flush",
    repair: "/opt/honeypot/scripts/firewall.sh",
    check: "firewall",
    status: "bad",
    message: /^not loaded: /,
  },
  {
    fault: "one deleted NAT rule",
    plant: "iptables --table nat --delete PREROUTING 1",
    repair: "/opt/honeypot/scripts/firewall.sh",
    check: "firewall",
    status: "bad",
    message: /^not loaded: /,
  },
  {
    fault: "deleted rules for IPv6",
    plant: "nft delete table ip6 honeypot_firewall",
    repair: "/opt/honeypot/scripts/firewall.sh",
    check: "firewall",
    status: "bad",
    message: /^not loaded: the rules for IPv6$/,
  },
  {
    fault: "flushed rules for the admin port",
    plant: "nft delete table inet honeypot_admin",
    repair: "systemctl restart honeypot-admin-access",
    check: "admin access",
    status: "bad",
    message: /are not loaded$/,
  },
  {
    fault: "an sshd that has ended",
    plant: "systemctl stop ssh",
    repair: "systemctl start ssh",
    check: "admin access",
    status: "bad",
    message: /does not listen/,
  },
  ...(
    [
      ["honeypot-capture", "capture", /^not running$/],
      ["cowrie", "cowrie", /^not running$/],
      ["web-honeypot", "web-honeypot", /^not running$/],
      ["cron", "cron", /^not running$/],
      ["honeypot-collect.timer", "timers", /^honeypot-collect.timer is not running$/],
      ["honeypot-links.timer", "timers", /^honeypot-links.timer is not running$/],
      ["honeypot-retention.timer", "timers", /^honeypot-retention.timer is not running$/],
    ] as const
  ).map(
    ([unit, check, message]): Fault => ({
      fault: `a stopped ${unit}`,
      plant: `systemctl stop ${unit}`,
      repair: `systemctl start ${unit}`,
      check,
      status: "bad",
      message,
    }),
  ),
  {
    fault: "a stopped rsyslog",
    plant: "systemctl stop syslog.socket rsyslog",
    repair: "systemctl start syslog.socket rsyslog",
    check: "rsyslog",
    status: "bad",
    message: /^not running$/,
  },
  {
    fault: "a port on which nobody listens",
    plant: "systemctl stop cowrie",
    repair: "systemctl start cowrie; soon listens 2222",
    check: "port 2222",
    status: "bad",
    message: /^no service listens$/,
  },
  {
    fault: "a capture on an interface that does not exist",
    plant: captureFails('CAPTURE_INTERFACE="eth9"'),
    repair: captureAgain,
    check: "capture",
    status: "bad",
    message: /eth9 is not up/,
  },
  {
    fault: "a capture filter that does not compile",
    plant: captureFails('CAPTURE_FILTER="port nonsense and"'),
    repair: captureAgain,
    check: "capture",
    status: "bad",
    message: /does not compile/,
  },
  {
    fault: "an interface that is down for the capture",
    plant: `ip link add planted0 type dummy; ${captureFails('CAPTURE_INTERFACE="planted0"')}`,
    repair: `ip link delete planted0; ${captureAgain}`,
    check: "capture",
    status: "bad",
    message: /planted0 is not up/,
  },
  {
    fault: "a full disk",
    plant:
      'fallocate --length "$(($(df --output=avail --block-size=1 /var/lib | tail --lines=1) * 96 / 100))" /var/lib/planted',
    repair: "rm /var/lib/planted",
    check: "disk",
    status: "bad",
    message: /^9\d% used/,
  },
  {
    fault: "a deleted cron file",
    plant: "mv /etc/cron.d/honeypot /root/cron",
    repair: "mv /root/cron /etc/cron.d/honeypot",
    check: "files",
    status: "bad",
    message: /^missing: \/etc\/cron.d\/honeypot$/,
  },
  {
    fault: "a deleted program of ours",
    plant: "mv /opt/honeypot/scripts/retention.sh /root/retention",
    repair: "mv /root/retention /opt/honeypot/scripts/retention.sh",
    check: "files",
    status: "bad",
    message: /^missing: \/opt\/honeypot\/scripts\/retention.sh$/,
  },
  {
    fault: "a changed program of ours",
    plant:
      "cp --preserve /opt/honeypot/scripts/backup.sh /root/backup; echo '# planted' >>/opt/honeypot/scripts/backup.sh",
    repair: "cp --preserve /root/backup /opt/honeypot/scripts/backup.sh",
    check: "files",
    status: "note",
    message: /^changed by hand: \/opt\/honeypot\/scripts\/backup.sh$/,
  },
  {
    fault: "settings that bash cannot read",
    plant: `${keepSettings}; echo 'SENSOR_NAME="' >>${settingsFile}`,
    repair: restoreSettings,
    check: "settings",
    status: "bad",
    message: /is broken/,
  },
  {
    fault: "a program that listens on a port of its own",
    plant: "systemd-run --quiet --unit=planted python3 -m http.server 4444; soon listens 4444",
    repair: "systemctl stop planted",
    check: "listeners",
    status: "note",
    message: /4444 \(python3\)/,
  },
  {
    fault: "a backup that was killed",
    plant:
      "setsid /opt/honeypot/scripts/backup.sh & soon test -e /var/lib/honeypot/state/backup.running; kill -KILL -- -$!",
    repair: "/opt/honeypot/scripts/backup.sh",
    check: "backup",
    status: "bad",
    message: /killed/,
  },
  {
    fault: "a folder for archives that cannot be written",
    plant: "chattr +i /var/backups/honeypot; /opt/honeypot/scripts/backup.sh || true",
    repair: "chattr -i /var/backups/honeypot; /opt/honeypot/scripts/backup.sh",
    check: "backup",
    status: "bad",
    message: /failed/,
  },
  {
    fault: "a backup server that does not answer",
    plant: "transfer_pause_seconds=0 /opt/honeypot/scripts/transfer.sh || true",
    repair: "rm --force /var/lib/honeypot/state/transfer.last",
    check: "transfer",
    status: "bad",
    message: /10\.0\.2\.2.*(refused|lost|closed)/i,
  },
  {
    fault: "a missing transfer key",
    plant: "mv /etc/honeypot/transfer_key.pub /root/transfer_key.pub",
    repair: "mv /root/transfer_key.pub /etc/honeypot/transfer_key.pub",
    check: "transfer key",
    status: "bad",
    message: /^missing$/,
  },
  {
    fault: "an API key that DShield refuses",
    plant: `cp --preserve ${secret} /root/key; cp --preserve ${keyResult} /root/key.last; echo Wrong+key/456== >${secret}
      dshield_pause=1 /opt/honeypot/first-boot/50-dshield.sh || true`,
    repair: `cp --preserve /root/key ${secret}; cp --preserve /root/key.last ${keyResult}`,
    check: "api key",
    status: "bad",
    message: /refuses this API key/,
  },
  {
    fault: "an update that needs a reboot",
    plant: "touch /run/reboot-required",
    repair: "rm /run/reboot-required",
    check: "reboot",
    status: "note",
    message: /needs it/,
  },
  {
    fault: "a collection that fails",
    plant:
      "mv /var/log/honeypot /var/log/kept; touch /var/log/honeypot; /opt/honeypot/scripts/collect.sh || true",
    repair: "rm /var/log/honeypot; mv /var/log/kept /var/log/honeypot; /opt/honeypot/scripts/collect.sh",
    check: "log collection",
    status: "bad",
    message: /Not a directory/,
  },
];

type Check = {
  readonly name: string;
  readonly status: string;
  readonly message: string;
  readonly next?: string;
};

for (const release of releasesToBoot()) {
  const transfer = {
    host: "10.0.2.2",
    port: 1,
    user: "sensor",
    path: "/archives/{sensor}",
    generate_key: true,
  };
  const host_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEClcDqgb0CSq0iKnZyXIBdCRuGIEnwclPkFlSQUDscy";
  const subject = dshieldUnderTest(release, { settings: { transfer: { ...transfer, host_key } } });
  const probe = probesOf(planted, release, subject);
  probe("the sensor is well", async (machine) => {
    await waitForFirstBoot(machine);
    assert.equal(await unwell(machine), []);
  });
  for (const one of faults)
    probe(`names ${one.fault}`, async (machine) => {
      const checks = await withFault(machine, one, serviceVariables(subject.service()));
      const found = checks.find(({ name }) => name === one.check);
      assert.is(found?.status, one.status, JSON.stringify(checks));
      assert.match(found?.message ?? "", one.message);
      assert.ok((found?.next ?? "") !== "", "without advice");
    });
  probe("is well again after all repairs", async (machine) => {
    await waitFor(
      "no finding",
      async () => {
        const left = await unwell(machine);
        if (left.length > 0) throw new Error(JSON.stringify(left));
        return true;
      },
      300,
    );
  });
  planted(`${release}: the machine is turned off`, () => subject.dispose());
}

planted.run();

/** What honeypot-status finds while the machine has a fault. In one command, so that no timer repairs it before. */
async function withFault(
  machine: VirtualMachine,
  { plant, repair }: Fault,
  environment: Readonly<Record<string, string>>,
): Promise<readonly Check[]> {
  const variables = Object.entries(environment).map(([name, value]) => `export ${name}=${value}\n`);
  const repairing = `repair() {\n${repair}\n}\ntrap 'repair >&2' EXIT`;
  const script = `${functions}\n${repairing}\n{\n${plant}\n} >&2\nhoneypot-status --json || true`;
  return checksOf(await machine.must(variables.join("") + script));
}

async function unwell(machine: VirtualMachine): Promise<readonly Check[]> {
  const checks = checksOf(await machine.must("honeypot-status --json || true"));
  return checks.filter(({ status }) => status !== "good");
}

function checksOf(json: string): readonly Check[] {
  return (JSON.parse(json) as { readonly checks: readonly Check[] }).checks;
}
