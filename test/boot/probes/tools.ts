import * as assert from "uvu/assert";
import type { VirtualMachine } from "../../../src/emulation/virtual-machine.ts";
import type { Probe } from "../../support/sensor-under-test.ts";
import { virustotalKey } from "../../support/tools-under-test.ts";

const reports = "/var/log/honeypot/reports";

/** Both tools and Filebeat, under a real systemd. */
export function toolProbes(probe: Probe): void {
  probe("the first boot installs both tools and Filebeat, and ends well", async (machine) => {
    const { code, stdout } = await machine.run("honeypot-status --wait --timeout 2400");
    assert.is(code, 0, `${stdout}${await machine.must("tail -n 60 /var/log/honeypot_setup.log")}`);
    assert.match(
      stdout.toString(),
      /\nok cowrieprocessor +has not run yet\nok json_log_country +has not run yet\n/,
    );
    assert.match(stdout.toString(), /\nok siem +Filebeat is running\n/);
  });

  probe("Filebeat is held, and has our configuration, not the package's", async (machine) => {
    assert.is(await machine.must("apt-mark showhold"), "filebeat\n");
    assert.match(await machine.must("cat /etc/filebeat/filebeat.yml"), /^name: "fra-vps"\n/);
  });

  probe(
    "cowrieprocessor reports a day as a temporary user, and its key is not visible anywhere",
    async (machine) => {
      await closeDay(machine, 1, { input: "look around" });
      await machine.must("/opt/honeypot/scripts/analyse.sh cowrieprocessor");
      const day = await dayBefore(machine, 1);
      assert.match(
        await machine.must(`cat ${reports}/cowrieprocessor/${day}/*_1_day_report.txt`),
        /^keys vtapi$/m,
      );
      const said = await machine.must("cat /var/lib/honeypot/state/cowrieprocessor.output");
      assert.not.match(said, virustotalKey);
      const [, user] = /cowrieprocessor\.py\S* (\d+) /.exec(said) ?? [];
      assert.ok(Number(user) >= 61_184 && Number(user) <= 65_519, `user ${user}`);
      assert.match(
        await machine.must("honeypot-status"),
        /\nok cowrieprocessor +ok 0 minutes ago: 1 of 1 days/,
      );
    },
  );

  for (const [days, fault, want] of [
    [2, "memory", "it needs more than 256 MB of memory"],
    [3, "hang", "it did not end within 60 s"],
  ] as const)
    probe(`a day that would ${fault} ends with its own run, and the status says why`, async (machine) => {
      const before = await machine.must("systemctl show --property=MainPID,NRestarts honeypot-capture");
      await closeDay(machine, days, { input: fault });
      await machine.must("! /opt/honeypot/scripts/analyse.sh cowrieprocessor");
      const { code, stdout } = await machine.run("honeypot-status");
      assert.is(code, 1);
      assert.ok(stdout.toString().includes(want), stdout.toString());
      assert.is(await machine.must("systemctl show --property=MainPID,NRestarts honeypot-capture"), before);
      assert.match(stdout.toString(), /\nok capture +running\n/);
      await machine.must(
        `rm -- /var/log/honeypot/cowrie/cowrie_${await dayBefore(machine, days)}.json.gz; systemctl reset-failed; /opt/honeypot/scripts/analyse.sh cowrieprocessor`,
      );
    });

  probe("json_log_country counts visitors, those of no country among them", async (machine) => {
    const lines = ["203.0.113.7", "203.0.113.8", "10.0.0.1"].map((sip) => JSON.stringify({ sip })).join("\n");
    const day = await dayBefore(machine, 1);
    await machine.must(
      `printf '%s\\n' '${lines}' | gzip >/var/log/honeypot/webhoneypot/webhoneypot_${day}.json.gz; /opt/honeypot/scripts/analyse.sh json_log_country`,
    );
    const chart = await machine.must(`cat ${reports}/json_log_country/${day}/countryPieChart.png`);
    assert.is(chart, "Norway 2\nUnknown 1\n");
  });

  probe("reports are in the backup", async (machine) => {
    await machine.must("/opt/honeypot/scripts/backup.sh");
    const list = await machine.must(
      "7z l -pinfected /var/backups/honeypot/fra-vps_logs_*.zip 2>/dev/null || 7zz l -pinfected /var/backups/honeypot/fra-vps_logs_*.zip",
    );
    assert.match(list, /reports\/cowrieprocessor\/\S+_1_day_report\.txt/);
    assert.match(list, /reports\/json_log_country\/\S+\/countryPieChart\.png/);
    assert.is((await machine.run("honeypot-status")).code, 0);
  });
}

async function dayBefore(machine: VirtualMachine, days: number): Promise<string> {
  return (await machine.must(`date --date='-${days} days' +%F`)).trim();
}

async function closeDay(machine: VirtualMachine, days: number, event: object): Promise<void> {
  const line = JSON.stringify({
    eventid: "cowrie.command.input",
    session: "a",
    src_ip: "203.0.113.7",
    ...event,
  });
  const file = `/var/log/honeypot/cowrie/cowrie_${await dayBefore(machine, days)}.json.gz`;
  await machine.must(`printf '%s\\n' '${line}' | gzip >${file}`);
}
