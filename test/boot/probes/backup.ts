import { mkdir, readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import * as assert from "uvu/assert";
import { execute } from "../../support/scratch-root.ts";
import { here, withCopyOf } from "../../support/sensor-files.ts";
import type { Probe } from "../../support/sensor-under-test.ts";

const apiKey = "CanaryApiKey0123456789abcdefABCDEF==";
const privateKey = "CanaryPrivateKey";
const hash = "a".repeat(64);

/** Logs are collected, archives contain them and no secret, and old files are deleted. */
export function backupProbes(probe: Probe): void {
  probe("each line of DShield's logs is collected, once", async (machine) => {
    await machine.must(plantLogs);
    await machine.must(script("collect.sh"));
    await machine.must(`printf '{"live":3}\\n' >>/srv/cowrie/var/log/cowrie/cowrie.json`);
    await machine.must(`${script("collect.sh")}${script("collect.sh")}`);
    const print = `cd /var/log/honeypot; for file in {cowrie,webhoneypot,firewall}/*_*; do
      case \${file} in *.gz) zcat "\${file}" ;; *) cat "\${file}" ;; esac; done | LC_ALL=C sort`;
    const want = ["firewall new", "firewall old 1", "firewall old 2"].concat(
      ...['{"closed":1}', '{"closed":2}', '{"live":1}', '{"live":2}', '{"live":3}'],
      ...['{"old layout":1}', '{"web":1}', '{"web":2}'],
    );
    assert.is(await machine.must(print), `${want.join("\n")}\n`);
    assert.is(await machine.must(`cat /var/log/honeypot/cowrie/{tty,downloads}/${hash}`), "a tty\nmalware\n");
  });

  probe(
    "backup.sh makes archives that unzip opens with the password only, each with its sum",
    async (machine) => {
      await machine.must(plantFiles);
      await machine.must(script("retention.sh") + script("backup.sh"));
      await withCopyOf(machine, "/var/backups/honeypot", async (copy) => {
        const archives = (await readdir(copy)).filter((name) => name.endsWith(".zip")).sort();
        const sets = archives.map(
          (name) => name.match(/^fra-vps_([a-z_]+)_\d{4}-\d\d-\d\d_\d\d-\d\d-\d\d\.zip$/)?.[1],
        );
        assert.equal(sets, ["crontabs", "dshield_logs", "dumps", "home", "logs", "srv"]);
        for (const name of archives) {
          const path = join(copy, name);
          assert.match(await here("unzip", "-P", "infected", "-t", path), "No errors detected");
          for (const line of (await here("unzip", "-v", path)).split("\n")) assert.not.match(line, /\* \?/);
          const wrong = await execute("unzip", ["-P", "wrong", "-t", path]);
          assert.is.not(wrong.code, 0, name);
          const sum = (await here("sha256sum", path)).slice(0, 64);
          assert.is(await readFile(`${path}.sha256`, "utf8"), `${sum}  ${name}\n`);
        }
        const members = await unzipAll(copy, archives);
        for (const wanted of wantedMembers)
          assert.ok(
            members.some((path) => wanted.test(path)),
            `${wanted} is not in ${members.join(" ")}`,
          );
        for (const path of members) for (const words of forbiddenMembers) assert.not.match(path, words);
      });
    },
  );

  probe("no archive holds a secret", async (machine) => {
    await withCopyOf(machine, "/var/backups/honeypot", async (copy) => {
      const archives = (await readdir(copy)).filter((name) => name.endsWith(".zip"));
      assert.ok(archives.length >= 6);
      await unzipAll(copy, archives);
      const found = await execute("grep", ["-rlE", `${apiKey}|${privateKey}`, join(copy, "all")]);
      assert.is(found.stdout, "");
    });
  });

  probe("a second backup makes no archive of unchanged sets", async (machine) => {
    const list = "ls /var/backups/honeypot/*_{home,srv,logs,dshield_logs}_*";
    const before = await machine.must(list);
    await machine.must(script("backup.sh"));
    assert.is(await machine.must(list), before);
    assert.is(await machine.must("ls -A /var/backups/honeypot | grep -c '^\\.' || true"), "0\n");
  });

  probe("retention deletes old files, but never the newest archive of a set", async (machine) => {
    await machine.must(plantOld);
    // What no archive holds is kept.
    await machine.must(script("backup.sh") + script("retention.sh"));
    const list =
      "cd /; ls /var/lib/honeypot/dumps/old* /var/backups/honeypot/fra-vps_{home,other}_20* /var/log/honeypot/*/*_20[01]* 2>/dev/null || true";
    const left = (await machine.must(list)).split("\n").filter((name) => !name.includes("_home_202"));
    assert.equal(left, [
      "/var/backups/honeypot/fra-vps_other_2012-01-02_03-00-00.zip",
      "/var/backups/honeypot/fra-vps_other_2012-01-02_03-00-00.zip.sha256",
      "/var/lib/honeypot/dumps/old_but_young_enough.pcap",
      "",
    ]);
    await machine.must(
      "rm /var/backups/honeypot/fra-vps_other_* /var/lib/honeypot/dumps/old_but_young_enough.pcap",
    );
  });

  probe("after all that, honeypot-status still says that the sensor is well", async (machine) => {
    assert.match(await machine.must("honeypot-status"), /^fra-vps is well\n/);
  });
}

/** A script of the sensor, which waits while the timetable runs the same. */
export function script(name: string): string {
  const path = `/opt/honeypot/scripts/${name}`;
  return `for ((try = 0; ; try++)); do code=0; ${path} || code=$?
    if ((code != 75 || try > 300)); then break; fi; sleep 1; done; ((code == 0)) || exit "\${code}"\n`;
}

/** Unpacks zip archives of a folder into its folder `all`, and returns the paths of their members. */
async function unzipAll(folder: string, archives: readonly string[]): Promise<readonly string[]> {
  const members: string[] = [];
  await mkdir(join(folder, "all"), { recursive: true });
  for (const name of archives) {
    const list = await here("unzip", "-Z1", join(folder, name));
    members.push(...list.split("\n").filter((path) => path !== ""));
    await here("unzip", "-q", "-o", "-P", "infected", "-d", join(folder, "all"), join(folder, name));
  }
  return members;
}

const plantLogs = `
day="$(date --utc --date='2 days ago' +%F)"
mkdir --parents /srv/cowrie/var/log/cowrie /srv/cowrie/var/lib/cowrie/{tty,downloads} /srv/log /srv/db
printf '{"closed":1}\\n{"closed":2}\\n' >"/srv/cowrie/var/log/cowrie/cowrie.json.\${day}"
printf '{"live":1}\\n{"live":2}\\n' >/srv/cowrie/var/log/cowrie/cowrie.json
printf 'a tty\\n' >/srv/cowrie/var/lib/cowrie/tty/${hash}
printf 'malware\\n' >/srv/cowrie/var/lib/cowrie/downloads/${hash}
printf '{"web":1}\\n{"web":2}\\n' >"/srv/log/webhoneypot_\${day}.json"
printf '{"old layout":1}\\n' >/srv/db/webhoneypot.json
printf 'firewall old 1\\nfirewall old 2\\n' >/var/log/dshield.log.1
touch --date='2 days ago' /var/log/dshield.log.1
printf 'firewall new\\n' >/var/log/dshield.log
`;

// What an admin and DShield leave about, with and without secrets.
const plantFiles = `
mkdir --parents /srv/dshield/etc /srv/cowrie/cowrie-env/lib /srv/web ~analyst/venv/lib ~analyst/.ssh
printf 'a report\\n' >~analyst/report.txt
cp /etc/honeypot/authorized_keys ~analyst/.ssh
printf 'a page\\n' >/srv/web/index.html
printf '[DShield]\\napikey = ${apiKey}\\n' >/srv/dshield/etc/dshield.ini
ln --symbolic --force /srv/dshield/etc/dshield.ini /etc/dshield.ini
printf '[output_dshield]\\nauth_key = ${apiKey}\\n' >/srv/cowrie/cowrie.cfg
printf 'apikey=${apiKey}\\n' >/srv/log/install_2026.log
printf -- '-----BEGIN OPENSSH PRIVATE KEY-----\\n${privateKey}\\n' | tee ~analyst/.ssh/id_ed25519 >~analyst/notes.txt
printf 'code\\n' | tee /srv/cowrie/cowrie-env/lib/code.py >~analyst/venv/lib/code.py
printf 'home = /usr\\n' | tee /srv/cowrie/cowrie-env/pyvenv.cfg >~analyst/venv/pyvenv.cfg
`;

const wantedMembers = [
  /^home\/analyst\/report\.txt$/,
  /^srv\/web\/index\.html$/,
  /^etc\/cron\.d\/honeypot$/,
  /^var\/log\/honeypot\/cowrie\/cowrie_[\d-]{10}\.json\.gz$/,
  new RegExp(`^var/log/honeypot/cowrie/tty/${hash}$`),
  new RegExp(`^var/log/honeypot/cowrie/downloads/${hash}$`),
  /^var\/log\/honeypot\/webhoneypot\/webhoneypot_[\d-]{10}\.json\.gz$/,
  /^var\/log\/honeypot\/firewall\/dshield_[\d-]{10}\.log\.gz$/,
  /^var\/lib\/honeypot\/dumps\/fra-vps_[\d-]{10}_[\d-]{8}\.pcap$/,
];

const forbiddenMembers = [
  /^srv\/dshield\/etc\//,
  /dshield\.ini/,
  /id_ed25519$/,
  /install_.*\.log$/,
  /venv|cowrie-env/,
  /^var\/backups\//,
  /^var\/log\/honeypot\/backup\.log/,
  /^etc\/honeypot\/secrets/,
];

const plantOld = `
cd /var/lib/honeypot/dumps
for name in old_1 old_2 old_but_young_enough; do printf x >"\${name}.pcap"; chmod 0400 "\${name}.pcap"; done
touch --date='15 days ago' old_1.pcap old_2.pcap
touch --date='13 days ago' old_but_young_enough.pcap
cd /var/backups/honeypot
for name in home_2011-01-01 home_2012-01-02 other_2011-01-01 other_2012-01-02; do
  printf x >"fra-vps_\${name}_03-00-00.zip"; printf x >"fra-vps_\${name}_03-00-00.zip.sha256"
  touch --date="\${name#*_}" fra-vps_"\${name}"_03-00-00.zip*
done
printf x | tee /var/log/honeypot/cowrie/cowrie_2012-01-02.json.gz >/var/log/honeypot/firewall/dshield_2012-01-02.log.gz
touch --date=2012-01-02 /var/log/honeypot/{cowrie/cowrie,firewall/dshield}_2012-01-02*
`;
