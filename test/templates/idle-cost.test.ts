import { readdir, readFile } from "node:fs/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { packageRoot } from "../../src/load/read-release.ts";
import { configure, withMachine } from "../support/admin-machine.ts";
import { type Machine, machineTools } from "../support/machine.ts";
import { needs } from "../support/needs.ts";
import { upstreamFirewall } from "../support/upstream-firewall.ts";

// What a sensor costs while nothing happens: processes, log lines and disk writes of everything that starts by itself.
// Real nft and iptables; systemctl and journalctl are stand-ins. `npm test -- idle-cost` prints the numbers.

const cost = suite("the cost of an idle sensor");
const test = needs(...machineTools, "nft", "iptables-restore", "useradd", "python3");

const processesPerMinuteAtMost = 10;

test(cost, "is few processes, no output and no write to the disk", () =>
  withIdleSensor(async (machine) => {
    let perMinute = 0;
    for (const { name, command, everyMinutes } of await jobs()) {
      await machine.must(command);
      await machine.must("touch /run/before");
      const [output = "", count = ""] = (await machine.must(counting(command))).split("counted ");
      assert.is(output, "", `${name} logs while nothing happens`);
      // Below the machine's own files are those of this one, where another test may write at the same time.
      let found = await machine.must(written);
      for (let tries = 0; found !== "" && tries < 2; tries++) {
        await machine.must("sleep 1; touch /run/before");
        await machine.must(command);
        found = await machine.must(written);
      }
      assert.is(found, "", `${name} writes while nothing happens`);
      process.stdout.write(`  ${name}: ${count.trim()} processes every ${everyMinutes} minutes\n`);
      perMinute += Number(count) / everyMinutes;
    }
    process.stdout.write(`  ${perMinute.toFixed(1)} processes per minute\n`);
    assert.ok(perMinute <= processesPerMinuteAtMost, String(perMinute));
  }),
);

cost.run();

type Job = { readonly name: string; readonly command: string; readonly everyMinutes: number };

/** Everything that starts more often than daily: by a timer, or by cron, which adds a process and a shell. */
async function jobs(): Promise<readonly Job[]> {
  const units = "templates/etc/systemd/system";
  const timers = (await readdir(units)).filter((name) => /^honeypot-.*\.timer$/.test(name));
  const byTimer = await Promise.all(
    timers.map(async (name): Promise<readonly Job[]> => {
      const everyMinutes = periodOf(await readFile(`${units}/${name}`, "utf8"));
      const service = await readFile(`${units}/${name.replace(".timer", ".service")}`, "utf8");
      const command = /^ExecStart=(.*)$/m.exec(service)?.[1] ?? "";
      return everyMinutes === undefined ? [] : [{ name, command, everyMinutes }];
    }),
  );
  const lines = (await readFile("templates/etc/cron.d/honeypot.mustache", "utf8")).split("\n");
  const byCron = lines.flatMap((line): readonly Job[] => {
    const [, minutes = "", command = ""] = /^(\S+) \* \* \* \* root (.*)$/.exec(line) ?? [];
    const everyMinutes = minutes === "*" ? 1 : minutes.startsWith("*/") ? Number(minutes.slice(2)) : 60;
    return command === ""
      ? []
      : [{ name: command, command: `(sh -c '${command.replace(/logger .*/, "cat")}'; :)`, everyMinutes }];
  });
  return [
    ...byTimer.flat(),
    ...byCron,
    {
      name: "reapply.sh in full",
      command: `rm ${unchanged}; /opt/honeypot/scripts/reapply.sh`,
      everyMinutes: 60,
    },
  ];
}

const unchanged = "/run/honeypot/reapply.unchanged";

function periodOf(timer: string): number | undefined {
  const [, every = ""] = /^OnUnitInactiveSec=(\d+)min$/m.exec(timer) ?? [];
  if (every !== "") return Number(every);
  return /^OnCalendar=\*:\d+$/m.test(timer) ? 60 : undefined;
}

// Numbers of processes ascend in the machine, which has its own.
function counting(command: string): string {
  return `: & first=$!; wait; ${command} 2>&1; : & echo "counted $(($! - first - 1))"`;
}

// Once an hour, collection records that it ran.
const written = `find /etc /var /srv /opt /usr/local -xdev -cnewer /run/before -not -path '*/state' -not -name 'collect.last'`;

async function withIdleSensor(body: (machine: Machine) => Promise<void>): Promise<void> {
  await withMachine(async (machine) => {
    await configure(machine, {
      ADMIN_RESCUE_AFTER_MINUTES: "30",
      ADMIN_RESCUE_OPEN_MINUTES: "60",
      EGRESS: "restricted",
      METADATA_BLOCKED: "true",
      METRICS_PORT: "19100",
      METRICS_ALLOW_FROM: "192.0.2.9/32",
      DISK_MAX_USED_PERCENT: "101",
      DSHIELD_DAILY_REBOOT: "off",
      DSHIELD_VELOCIRAPTOR: "false",
    });
    await machine.write(
      "/usr/local/bin/systemctl",
      '#!/bin/bash\n[[ "$1 $2" != "is-active --" ]] || printf "active\\n%.0s" "${@:3}"\n[[ "$*" != *NetworkManager* ]]\n',
      "0755",
    );
    await machine.write("/etc/network/iptables", upstreamFirewall({ device: "lo", localNet: "" }));
    await machine.write("/etc/cron.d/dshield", "7,37 * * * * root true\n");
    await machine.write("/etc/logrotate.d/dshield", "/var/log/dshield.log {\n rotate 4\n}\n");
    await machine.must(
      `cp --recursive -- "$1"/templates/opt "$1"/templates/usr /
      chmod --recursive u+x /opt/honeypot
      cp "$1"/templates/etc/systemd/system/honeypot-*.timer /etc/systemd/system/
      mkdir --parents /var/lib/honeypot/{dumps,state/first-boot} /var/log/honeypot/{cowrie,firewall,webhoneypot} /var/backups/honeypot /srv/dshield/etc /srv/log /srv/db
      printf '[DShield]\napikey=x\n' >/srv/dshield/etc/dshield.ini
      touch /var/lib/honeypot/state/first-boot/60-services.done
      date --utc +%FT%TZ >/var/lib/honeypot/state/first-boot.done
      useradd cowrie; useradd webhpot; useradd honeypot
      echo 'Port 12222' >>/etc/ssh/sshd_config
      touch --date='1 hour ago' /etc/network/iptables /etc/cron.d/dshield /etc/logrotate.d/dshield /srv/dshield/etc/dshield.ini
      /opt/honeypot/scripts/admin-access.sh
      /opt/honeypot/scripts/reapply.sh --now
      touch --date='1 hour ago' /etc/network/iptables /etc/cron.d/dshield /etc/logrotate.d/dshield /srv/dshield/etc/dshield.ini
      /opt/honeypot/scripts/rescue.sh --confirm`,
      packageRoot(),
    );
    await body(machine);
  });
}
