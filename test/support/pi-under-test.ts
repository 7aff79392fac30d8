import { execFileSync } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { type Architecture, type BootDisk, serialConsoles } from "../../src/emulation/boot-disk.ts";
import type { DebianRelease } from "../../src/emulation/debian.ts";
import type { VirtualMachine } from "../../src/emulation/virtual-machine.ts";
import { bootDisk, preparedDisk } from "./debian-tree.ts";
import { bootFile, type Made, makePiImage } from "./pi-image.ts";
import { adminPort, excludedPort } from "./sensor-under-test.ts";
import { sensorbake } from "./sensorbake.ts";
import { testMachine } from "./test-machine.ts";
import { type UnderTest, underTest } from "./under-test.ts";

/** What must not be found on the boot partition after the first boot. */
export const canaries = { password: "CanaryOfTheBackup", passphrase: "CanaryOfTheWifi" } as const;

/** What a Pi needs beyond the other boot tests, for `needs(...)`. */
export const piTools = ["debugfs", "dd", "mtype", "sfdisk", "mkfs.vfat"] as const;

export type PiKind = {
  readonly os: "raspios-12" | "raspios-13";
  readonly release: DebianRelease;
  /** `amd64` unless said otherwise: it starts in a tenth of the time. */
  readonly architecture?: Architecture;
};

const settings = (os: string): string => `version: 1
sensors:
  - name: fra-vps
    target: pi
    os: ${os}
    timezone: America/New_York
    admin:
      user: analyst
      ssh_port: ${adminPort}
      ssh_keys: [{file: key.pub}]
      allow_from: [10.0.2.0/24]
    capture: {exclude_ports: [${adminPort}, ${excludedPort}]}
    backup: {format: 7z, password: {env: BACKUP_PASSWORD}}
    network: {wifi: {ssid: lab, psk: {env: WIFI_PSK}, country: DE}}
`;

// As Raspberry Pi OS 13 has it, and its sshd is off; 12 has no cloud-init.
const rootFiles: Readonly<Record<PiKind["os"], Readonly<Record<string, string>>>> = {
  "raspios-13": {
    "/etc/cloud/cloud.cfg.d/99_raspberry-pi.cfg":
      "datasource_list: [ NoCloud, None ]\ndatasource:\n  NoCloud:\n    seedfrom: file:///boot/firmware\n",
    "/etc/systemd/system/cloud-init-main.service.d/41-rpi-firmware-mount.conf":
      "[Unit]\nRequiresMountsFor=/boot/firmware\n",
    // The machine has no radio, and netplan would wait 90 seconds for it.
    "/etc/systemd/system/sys-subsystem-net-devices-wlan0.device.d/test.conf": "[Unit]\nJobTimeoutSec=5\n",
  },
  "raspios-12": {
    "/etc/cloud/cloud-init.disabled": "",
    // There NetworkManager asks DHCP by itself.
    "/etc/netplan/01-wire.yaml": "network: {version: 2, ethernets: {eth0: {dhcp4: true}}}\n",
  },
};
const fstab = `PARTUUID=12345678-01 /boot/firmware vfat defaults 0 2
PARTUUID=12345678-02 / ext4 defaults,noatime 0 1
`;

/**
 * A Pi that does not exist: a Debian arranged as Raspberry Pi OS is, in an image of its geometry, made into a sensor
 * by the real `sensorbake image`, and started by QEMU with the kernel of that Debian and the words of its cmdline.txt.
 */
export function piUnderTest(
  { os, release, architecture = "amd64" }: PiKind,
  turnOn: (machine: VirtualMachine, dropFirstRun: () => void) => Promise<void>,
): UnderTest {
  return underTest("the Pi", async ({ folder, key, keep }) => {
    // An emulated system for arm64 takes half an hour to build: there is only one.
    const debian = await (architecture === "amd64" ? preparedDisk(release) : bootDisk(release, architecture));
    const base = makeBase(debian, os, folder);
    const sensor = { ...base, path: await makeSensor(base.path, os, folder) };
    let line = bootFile(sensor, "cmdline.txt").toString().trim();
    const disk: BootDisk = {
      ...debian,
      disk: sensor.path,
      kernel: { ...debian.kernel, commandLine: () => forQemu(line, serialConsoles[architecture]) },
    };
    const machine = await testMachine({ disk, key, user: "analyst", sshPort: adminPort, ports: [22] });
    keep(machine);
    // QEMU keeps its words over a reboot, and firstrun.sh takes its own from the file: a probe compares the two.
    await turnOn(machine, () => {
      line = line.replace(/ systemd\.(run|unit=kernel)\S*/g, "");
    });
    return machine;
  });
}

// The machine has another console, and the firmware's names of devices.
function forQemu(line: string, console: string): string {
  const words = line.split(" ").filter((word) => !/^(console=|quiet$|init=)/.test(word));
  return [...words, `console=${console}`, "net.ifnames=0", "systemd.journald.forward_to_console=1"].join(" ");
}

const MiB = 1 << 20;
const gigabytes = 6;

function makeBase(debian: BootDisk, os: PiKind["os"], folder: string): Made {
  const made = makePiImage(join(folder, "base.img"), {
    kind: os,
    bootSize: 64,
    rootSize: gigabytes * 1024,
  });
  const env = { ...process.env, PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
  const run = (command: string, words: readonly string[], input = ""): void => {
    execFileSync(command, words, { env, input, stdio: ["pipe", "ignore", "pipe"] });
  };
  const place = [`if=${debian.disk}`, `of=${made.path}`, "bs=1M", `seek=${made.root / MiB}`];
  run("dd", [...place, "conv=notrunc,sparse", "status=none"]);
  const files = Object.entries({ ...rootFiles[os], "/etc/fstab": fstab });
  const commands = ["mkdir /boot/firmware", "rm /etc/systemd/system/multi-user.target.wants/ssh.service"];
  for (const [index, [path, content]] of files.entries()) {
    const source = join(folder, `file-${index}`);
    execFileSync("sh", ["-c", 'cat >"$1"', "sh", source], { input: content });
    const parent = path.slice(0, path.lastIndexOf("/"));
    commands.push(`mkdir ${parent}`, `rm ${path}`, `write ${source} ${path}`);
  }
  run("debugfs", ["-w", "-f", "-", `${made.path}?offset=${made.root}`], `${commands.join("\n")}\n`);
  return made;
}

async function makeSensor(base: string, os: string, folder: string): Promise<string> {
  const file = join(folder, "sensors.yaml");
  const output = join(folder, "fra-vps.img");
  await writeFile(file, settings(os));
  const env = { BACKUP_PASSWORD: canaries.password, WIFI_PSK: canaries.passphrase };
  const words = ["image", base, "-o", output, "--settings", file];
  const { code, stderr } = await sensorbake(words, { env });
  if (code !== 0) throw new Error(`sensorbake image ended with ${code}: ${stderr}`);
  return output;
}
