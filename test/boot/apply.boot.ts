import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { parse } from "yaml";
import type { DebianRelease } from "../../src/emulation/debian.ts";
import type { VirtualMachine } from "../../src/emulation/virtual-machine.ts";
import { waitFor } from "../../src/emulation/wait-for.ts";
import { bootDisk } from "../support/debian-tree.ts";
import { waitForFirstBoot } from "../support/dshield-under-test.ts";
import { guestSsh } from "../support/guest-ssh.ts";
import { needs } from "../support/needs.ts";
import { execute } from "../support/scratch-root.ts";
import { bootTools, releasesToBoot } from "../support/sensor-under-test.ts";
import { sensorbake } from "../support/sensorbake.ts";
import { testMachine } from "../support/test-machine.ts";
import { startTimeServer } from "../support/time-server.ts";

// The life of a sensor after its first boot: changes, changes that would lock the admin out, power cuts and an operator
// who disappears. `apply` is the real command with the real ssh.

type Settings = { [key: string]: unknown };
type Change = readonly [name: string, change: (sensor: Settings) => Settings, words?: readonly string[]];

const test = suite("apply");
const withTools = needs(...bootTools);
const engine = "/var/lib/honeypot/apply";

const base = (release: DebianRelease): Settings => ({
  name: "fra-vps",
  os: release,
  target: "nocloud",
  address: "127.0.0.1",
  admin: { user: "analyst", ssh_port: 12222, ssh_keys: [{ file: "key.pub" }], allow_from: ["10.0.2.0/24"] },
});

const inside = (key: string, values: Settings) => (sensor: Settings) => ({
  ...sensor,
  [key]: { ...(sensor[key] as Settings | undefined), ...values },
});

const transfer = {
  host: "10.0.2.2",
  user: "backup",
  path: "/archives/{sensor}",
  generate_key: true,
  host_key: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEClcDqgb0CSq0iKnZyXIBdCRuGIEnwclPkFlSQUDscy",
};

const changes: readonly Change[] = [
  ["the time zone", (sensor) => ({ ...sensor, timezone: "America/New_York" })],
  ["days of captures", inside("capture", { keep_days: 7 })],
  ["a packet's length", inside("capture", { snap_length: 262144 })],
  ["rotation by time", inside("capture", { rotate: { hours: 6, megabytes: 512 } })],
  ["rotation by size", inside("capture", { rotate: { hours: 6, megabytes: 100 } })],
  ["excluded ports", inside("capture", { exclude_ports: [9999] })],
  ["excluded hosts", inside("capture", { exclude_hosts: ["192.0.2.1"] })],
  ["a capture filter", inside("capture", { filter: "not port 53" })],
  ["days of logs", inside("logs", { keep_days: 60 })],
  ["the backup's schedule", inside("backup", { schedule: "30 2 * * *" })],
  ["backup sets", inside("backup", { sets: ["logs", "dumps"] })],
  ["the backup's format, which needs a package", inside("backup", { format: "7z" })],
  ["the backup's password", inside("backup", { password: { env: "BACKUP_PASSWORD" } })],
  ["days of archives", inside("backup", { keep_days: 30 })],
  ["a transfer", (sensor) => ({ ...sensor, transfer })],
  ["no transfer", ({ transfer: _, ...sensor }) => sensor],
  ["the disk's limit", inside("disk", { max_used_percent: 90 })],
  ["restricted outgoing traffic", inside("security", { egress: "restricted" })],
  ["a second key", inside("admin", { ssh_keys: [{ file: "key.pub" }, { file: "other.pub" }] })],
  ["another admin network", inside("admin", { allow_from: ["10.0.2.0/24", "192.0.2.0/24"] })],
  ["the rescue's time", inside("admin", { rescue: { after_minutes: 60, open_minutes: 20 } })],
  ["the admin port", inside("admin", { ssh_port: 12223 }), ["--login", ":12222"]],
  ["the admin user", inside("admin", { user: "other" }), ["--login", "analyst@"]],
];

const lockOuts: readonly Change[] = [
  ["another network", inside("admin", { allow_from: ["192.0.2.0/24"] })],
  ["IPv6 only", inside("admin", { allow_from: ["2001:db8::/32"] })],
  ["another key", inside("admin", { ssh_keys: [{ file: "other.pub" }] })],
  ["an unreachable port", inside("admin", { ssh_port: 12224 }), ["--login", ":12222"]],
  [
    "an unreachable port and another key",
    inside("admin", { ssh_port: 12224, ssh_keys: [{ file: "other.pub" }] }),
    ["--login", ":12222"],
  ],
  [
    "another user with another key",
    inside("admin", { user: "other", ssh_keys: [{ file: "other.pub" }] }),
    ["--login", "analyst@"],
  ],
  [
    "another port and network",
    inside("admin", { ssh_port: 12223, allow_from: ["192.0.2.0/24"] }),
    ["--login", ":12222"],
  ],
  ["no host of the network", inside("admin", { allow_from: ["10.0.2.1"] })],
  ["a port that another firewall drops", inside("admin", { ssh_port: 12223 }), ["--login", ":12222"]],
  [
    "another network and user",
    inside("admin", { user: "other", allow_from: ["192.0.2.0/24"] }),
    ["--login", "analyst@"],
  ],
];

for (const release of releasesToBoot()) {
  const ends: (() => unknown)[] = [];
  let folder: string;
  let machine: VirtualMachine;
  let settings = base(release);

  const write = async (sensor: Settings): Promise<string> => {
    const file = join(folder, "sensors.yaml");
    await writeFile(file, JSON.stringify({ version: 1, sensors: [sensor] }));
    return file;
  };
  const run = async (command: string, sensor: Settings, words: readonly string[] = []) => {
    const env = { BACKUP_PASSWORD: "another", PATH: await guestPath() };
    return sensorbake([command, await write(sensor), ...words], { env });
  };
  const guestPath = async (): Promise<string> =>
    machine === undefined
      ? (process.env.PATH ?? "")
      : guestSsh(folder, new Map([12222, 12223].map((port): [number, number] => [port, machine.port(port)])));
  /** What the user-data of these settings lays down, against what the machine has. */
  const assertLikeFirstBoot = async (sensor: Settings): Promise<void> => {
    const out = join(folder, "expected");
    const built = await run("build", sensor, ["--output", out]);
    assert.is(built.code, 0, built.stderr);
    const { write_files } = parse(await readFile(join(out, "fra-vps/user-data"), "utf8")) as {
      write_files: readonly { path: string; permissions: string; content: string; encoding?: string }[];
    };
    const wanted = write_files.map(({ path, permissions, content, encoding }) => {
      const bytes = Buffer.from(content, encoding === undefined ? "utf8" : "base64");
      return `${path} ${Number.parseInt(permissions, 8).toString(8)} ${bytes.toString("base64")}\n`;
    });
    const paths = write_files.map(({ path }) => path).join(" ");
    const found = await machine.must(
      `for file in ${paths}; do printf '%s %s %s\\n' "$file" "$(stat -c %a "$file")" "$(base64 -w 0 <"$file")"; done`,
    );
    assert.is(found, wanted.join(""));
    const listed = await machine.must("sed 's/^[0-9a-f]*  //' /etc/honeypot/manifest");
    assert.is(
      listed,
      `${write_files
        .map(({ path }) => path)
        .sort()
        .join("\n")}\n`,
    );
  };

  withTools(test, `${release}: the first boot`, async () => {
    folder = await mkdtemp(join(tmpdir(), "sensorbake-boot-"));
    ends.push(() => rm(folder, { recursive: true, force: true }));
    for (const name of ["key", "other"])
      await execute("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", join(folder, name)]);
    const built = await run("build", settings, ["--output", join(folder, "out")]);
    assert.is(built.code, 0, built.stderr);
    await startTimeServer();
    machine = await testMachine({
      disk: await bootDisk(release),
      seed: join(folder, "out/fra-vps"),
      key: join(folder, "key"),
      user: "analyst",
      sshPort: 12222,
      ports: [12223],
    });
    ends.push(() => machine.dispose());
    await machine.start();
    await machine.waitForLogin();
    await waitForFirstBoot(machine);
    await assertLikeFirstBoot(settings);
    const { code, stdout } = await run("apply", settings, ["--dry-run", "--detailed-exitcode"]);
    assert.is(code, 0, stdout.toString());
    assert.match(stdout.toString(), "nothing to change");
  });

  for (const [name, change, words = []] of changes.slice(0, -2))
    withTools(test, `${release}: ${name}`, async () => {
      settings = change(settings);
      const { code, stderr } = await run("apply", settings, ["--yes", ...words]);
      assert.is(code, 0, stderr);
      await assertLikeFirstBoot(settings);
    });

  withTools(test, `${release}: all changes at once, back and forth`, async () => {
    for (const wanted of [base(release), settings]) {
      const { code, stderr } = await run("apply", wanted, ["--yes"]);
      assert.is(code, 0, stderr);
      await assertLikeFirstBoot(wanted);
    }
    await machine.must("honeypot-status");
  });

  for (const [name, change, words = []] of lockOuts)
    withTools(test, `${release}: reverts ${name}`, async () => {
      if (name.includes("firewall"))
        await machine.must(
          "nft 'table inet other { chain first { type filter hook prerouting priority -200; tcp dport 12223 drop; }; }'",
        );
      const { code, stdout, stderr } = await run("apply", change(settings), [
        "--yes",
        "--revert-after",
        "60",
        ...words,
      ]);
      assert.is(code, 3, stderr);
      assert.match(stdout.toString(), /failed: reverted: no new login confirmed the change/);
      await assertLikeFirstBoot(settings);
      // Nothing but the report of the failed change.
      const { stdout: report } = await machine.run("honeypot-status");
      assert.equal(report.toString().match(/^!! \w+/gm), ["!! apply"]);
      await machine.run("nft delete table inet other");
    });

  for (const phase of ["staged", "changing", "waiting"])
    for (const accident of ["a power cut", "the operator's death"])
      withTools(test, `${release}: ${accident} while the change is ${phase}`, async () => {
        const wanted = inside("logs", { keep_days: 61 })(settings);
        const ssh = await guestPath();
        const words = ["apply", await write(wanted), "--yes"];
        const env = { BACKUP_PASSWORD: "another", PATH: ssh };
        const abort = new AbortController();
        const running = sensorbake(words, { env, signal: abort.signal }).catch(() => undefined);
        const reached = async () => (await machine.run(`grep -qx ${phase} ${engine}/phase`)).code === 0;
        // A phase may be over before the next look.
        const isOver = async () =>
          (await machine.run("test -e /var/lib/honeypot/state/apply.last")).code === 0;
        await machine.run("rm -f /var/lib/honeypot/state/apply.last");
        await waitFor(`the phase ${phase}`, async () => (await reached()) || (await isOver()), 600);
        abort.abort();
        if (accident === "a power cut") {
          await machine.cutPower();
          await machine.start();
          await machine.waitForLogin();
        }
        await running;
        await waitFor("the end", async () => (await machine.run(`test ! -e ${engine}`)).code === 0, 900);
        const isNew = (await machine.must("grep LOGS_KEEP_DAYS /etc/default/honeypot")).includes("61");
        await assertLikeFirstBoot(isNew ? wanted : settings);
        if (isNew) settings = wanted;
        await machine.must("! test -e /etc/systemd/system/honeypot-revert.service");
      });

  for (const [name, change, words = []] of changes.slice(-2))
    withTools(test, `${release}: ${name}`, async () => {
      settings = change(settings);
      const { code, stderr } = await run("apply", settings, ["--yes", ...words]);
      assert.is(code, 0, stderr);
    });

  test(`${release}: the machine is turned off`, async () => {
    for (const end of ends.reverse()) await end();
  });
}

test.run();
