import { suite } from "uvu";
import * as assert from "uvu/assert";
import { disksOf } from "../../src/card/disks.ts";
import { candidatesOf, chooseDisk } from "../../src/card/judge-disk.ts";
import { processMachine } from "../../src/card/machine.ts";
import { readDisks } from "../../src/card/read-disks.ts";
import { refusalOf } from "../support/boot-files.ts";

const test = suite("card: which disk");

type Given = Readonly<Record<string, unknown>>;
const device = (path: string, more: Given = {}): Given => ({
  ...{
    path,
    size: 31_914_983_424,
    model: "Card Reader ",
    serial: "0001",
    tran: "usb",
    ro: false,
  },
  ...{ type: "disk", fstype: null, mountpoints: [null] },
  ...more,
});
const part = (path: string, ...mountpoints: readonly string[]): Given =>
  device(path, { type: "part", mountpoints, model: null, serial: null, tran: null });
const answer = (...blockdevices: readonly Given[]) => disksOf(JSON.stringify({ blockdevices }));

// A machine whose kernel reports an SD card in slot 0, a chip in slot 1, and nothing about slot 2; /dev/sdx is in use.
const read = (...blockdevices: readonly Given[]) =>
  readDisks({
    ...processMachine(),
    listBlockDevices: async () => JSON.stringify({ blockdevices }),
    contentOf: async (path) => (path === "/dev/sdy1" ? "LVM2_member" : ""),
    slotType: async (path) => ({ "/dev/mmcblk0": "SD", "/dev/mmcblk1": "MMC" })[path] ?? "",
    isClaimed: async (path) => path === "/dev/sdx",
  });

const builtIn = { tran: "nvme" };
const mmc = { tran: "mmc", model: null };
const cases: readonly (readonly [string, Given, RegExp | undefined])[] = [
  ["a card in a USB reader", device("/dev/sdb"), undefined],
  ["a card in a slot", device("/dev/mmcblk0", mmc), undefined],
  [
    "a card whose partitions the desktop has mounted",
    device("/dev/sdb", {
      children: [part("/dev/sdb1", "/media/ann/bootfs"), part("/dev/sdb2", "/run/media/ann/rootfs")],
    }),
    undefined,
  ],
  ["a built-in disk", device("/dev/nvme0n1", builtIn), /is built in/],
  ["a disk on a hot-plug port", device("/dev/sda", { tran: "sata", rm: true, hotplug: true }), /is built in/],
  ["a disk of unknown transport", device("/dev/sda", { tran: null, rm: true }), /is built in/],
  ["a chip in a slot", device("/dev/mmcblk1", mmc), /is built in: it is soldered/],
  ["a device in a slot that the kernel does not describe", device("/dev/mmcblk2", mmc), /is built in/],
  ["a disk that the kernel has opened for another user", device("/dev/sdx"), /\/dev\/sdx is in use/],
  [
    "a disk with a permanent mount point",
    device("/dev/sdb", { mountpoints: ["/mnt/data"] }),
    /mounted at \/mnt\/data/,
  ],
  [
    "a disk below /media that no desktop mounted",
    device("/dev/sdb", { mountpoints: ["/media/data"] }),
    /mounted/,
  ],
  [
    "a disk with a part of which only blkid knows",
    device("/dev/sdy", { children: [part("/dev/sdy1")] }),
    /^\/dev\/sdy1 is part of a volume group/,
  ],
  ...["LVM2_member", "linux_raid_member", "zfs_member", "crypto_LUKS", "BitLocker", "bcache"].map(
    (fstype) =>
      [
        `a disk with a part that is ${fstype}`,
        device("/dev/sdb", { children: [{ ...part("/dev/sdb2"), fstype }] }),
        /^\/dev\/sdb2 is part of a volume group.* \| .*wipefs --all \/dev\/sdb2$/,
      ] as const,
  ),
  [
    "the system's disk",
    device("/dev/nvme0n1", {
      ...builtIn,
      children: [part("/dev/nvme0n1p1", "/boot/efi"), part("/dev/nvme0n1p2", "/")],
    }),
    /this system's own disk/,
  ],
  [
    "the card that a Pi runs from",
    device("/dev/mmcblk0", {
      ...mmc,
      children: [part("/dev/mmcblk0p2", "/"), part("/dev/mmcblk0p1", "/boot/firmware")],
    }),
    /this system's own disk/,
  ],
  [
    "a Pi's card below an overlay",
    device("/dev/mmcblk0", { ...mmc, children: [part("/dev/mmcblk0p2", "/media/root-ro")] }),
    /mounted at \/media\/root-ro/,
  ],
  [
    "a live system's stick",
    device("/dev/sdb", { children: [part("/dev/sdb1", "/run/live/medium")] }),
    /mounted at \/run\/live\/medium/,
  ],
  [
    "a USB disk with swap",
    device("/dev/sdb", { children: [part("/dev/sdb1", "[SWAP]")] }),
    /this system's own disk/,
  ],
  [
    "a USB disk with /home on it",
    device("/dev/sdb", { children: [part("/dev/sdb1", "/home")] }),
    /mounted at \/home/,
  ],
  [
    "a USB disk whose second mount is the system's",
    device("/dev/sdb", { children: [part("/dev/sdb1", "/media/ann/x", "/var/lib/docker")] }),
    /mounted at \/var\/lib\/docker/,
  ],
  [
    "a USB disk that is opened encrypted",
    device("/dev/sdb", {
      children: [{ ...part("/dev/sdb1"), children: [device("/dev/mapper/luks", { type: "crypt" })] }],
    }),
    /in use by \/dev\/mapper\/luks/,
  ],
  [
    "a disk below the system's volume group",
    device("/dev/sda", {
      children: [
        {
          ...part("/dev/sda1"),
          children: [device("/dev/mapper/vg-root", { type: "lvm", mountpoints: ["/"] })],
        },
      ],
    }),
    /this system's own disk/,
  ],
  ["a loop device", device("/dev/loop0", { type: "loop" }), /is not a disk \(loop\)/],
  ["a drive for discs", device("/dev/sr0", { type: "rom" }), /is not a disk \(rom\)/],
  ["the boot area of an eMMC", device("/dev/mmcblk0boot0", mmc), /is not a disk/],
  ["an empty reader", device("/dev/sdb", { size: 0 }), /there is no card in \/dev\/sdb/],
  ["a write-protected card", device("/dev/sdb", { ro: true }), /write-protected/],
];
for (const [name, given, want] of cases)
  test(`${want === undefined ? "takes" : "refuses"} ${name}`, async () => {
    const disks = await read(given);
    const path = String(given.path);
    if (want === undefined) assert.is(chooseDisk(disks, path).path, path);
    else assert.match(await refusalOf(() => chooseDisk(disks, path)), want);
    assert.is(candidatesOf(disks).length, want === undefined ? 1 : 0);
  });

test("names the whole disk for a partition, and reports an unknown name", async () => {
  const disks = answer(device("/dev/sdb", { children: [part("/dev/sdb1")] }));
  assert.match(
    await refusalOf(() => chooseDisk(disks, "/dev/sdb1")),
    /is a partition \| the whole disk is \/dev\/sdb/,
  );
  assert.match(
    await refusalOf(() => chooseDisk(disks, "/dev/sdz")),
    /there is no disk \/dev\/sdz \| `sensorbake flash --list` shows/,
  );
  assert.match(
    await refusalOf(() => chooseDisk(disks, "sdb")),
    /there is no disk sdb \| did you mean \/dev\/sdb\?/,
  );
});

test("parses lsblk's output for a card", () => {
  const [disk] = answer(device("/dev/sdb", { children: [part("/dev/sdb1", "/media/ann/bootfs")] }));
  assert.equal(disk, {
    ...{ path: "/dev/sdb", bytes: 31_914_983_424, model: "Card Reader", serial: "0001", transport: "usb" },
    ...{
      isReadOnly: false,
      slotType: "",
      isClaimed: false,
      type: "disk",
      mounts: ["/media/ann/bootfs"],
      holders: [],
      contents: [
        { path: "/dev/sdb", kind: "" },
        { path: "/dev/sdb1", kind: "" },
      ],
      parts: ["/dev/sdb1"],
    },
  });
});

test.run();
