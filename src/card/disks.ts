/** A whole disk, from `lsblk`. */
export type Disk = {
  readonly path: string;
  readonly bytes: number;
  readonly model: string;
  readonly serial: string;
  /** `usb`, `mmc`, `sata`, `nvme`, ...; empty if unknown. */
  readonly transport: string;
  /** The kernel's type of a device in an SD slot: `SD` is a card, `MMC` is soldered; empty elsewhere, or if unknown. */
  readonly slotType: string;
  /** Whether the kernel has it in use: mounted in any namespace, swap, or part of another device. */
  readonly isClaimed: boolean;
  readonly isReadOnly: boolean;
  /** lsblk's type: `disk`, or `loop`, `rom` and the like for devices that are not cards. */
  readonly type: string;
  /** The mount points of it and its partitions; `[SWAP]` for swap. */
  readonly mounts: readonly string[];
  /** Active devices on top of it (encryption, volume groups, RAID). */
  readonly holders: readonly string[];
  /** libblkid's types of it and its partitions (`vfat`, `LVM2_member`); empty if unknown. */
  readonly contents: readonly { readonly path: string; readonly kind: string }[];
  /** Its partitions. */
  readonly parts: readonly string[];
};

/** The columns of `lsblk`. */
export const lsblkWords = [
  ...["--json", "--bytes", "--tree", "--output"],
  "PATH,SIZE,MODEL,SERIAL,TRAN,RO,TYPE,FSTYPE,MOUNTPOINTS",
] as const;

/** Parses `lsblk` output with these columns. It does not report whether a disk is in use, and little about slots. */
export function disksOf(answer: string): readonly Disk[] {
  const { blockdevices } = JSON.parse(answer) as { readonly blockdevices: readonly Device[] };
  return blockdevices.map((device) => {
    const below = descendants(device);
    const all = [device, ...below];
    const text = (value: string | null) => value?.trim() ?? "";
    return {
      path: device.path,
      bytes: device.size,
      model: text(device.model),
      serial: text(device.serial),
      transport: text(device.tran),
      // Only soldered chips have this device beside them.
      slotType: blockdevices.some(({ path }) => path === `${device.path}boot0`) ? "MMC" : "",
      isClaimed: false,
      isReadOnly: device.ro,
      type: device.type,
      mounts: all.flatMap(({ mountpoints }) => mountpoints.filter((at) => at !== null)),
      holders: below.filter(({ type }) => type !== "part").map(({ path }) => path),
      contents: all.flatMap(({ path, type, fstype }) =>
        [device.type, "part"].includes(type) ? [{ path, kind: fstype ?? "" }] : [],
      ),
      parts: below.filter(({ type }) => type === "part").map(({ path }) => path),
    };
  });
}

type Device = {
  readonly path: string;
  readonly size: number;
  readonly model: string | null;
  readonly serial: string | null;
  readonly tran: string | null;
  readonly ro: boolean;
  readonly type: string;
  readonly fstype?: string | null;
  readonly mountpoints: readonly (string | null)[];
  readonly children?: readonly Device[];
};

function descendants({ children = [] }: Device): readonly Device[] {
  return children.flatMap((child) => [child, ...descendants(child)]);
}
