/** A whole disk, as `lsblk` describes it. */
export type Disk = {
  readonly path: string;
  readonly bytes: number;
  readonly model: string;
  readonly serial: string;
  /** `usb`, `mmc`, `sata`, `nvme`, ...; empty when unknown. */
  readonly transport: string;
  /** What is in an SD slot, as the kernel says: `SD` is a card, `MMC` is soldered in; empty elsewhere, or unknown. */
  readonly slotType: string;
  /** Whether the kernel has given it to somebody: mounted in whatever namespace, swap, or part of another device. */
  readonly isClaimed: boolean;
  readonly isReadOnly: boolean;
  /** What lsblk calls it: `disk`, and `loop`, `rom` and the like for what is no card. */
  readonly type: string;
  /** Where it or a part of it is mounted; `[SWAP]` for swap. */
  readonly mounts: readonly string[];
  /** Other devices made of it (encryption, volume groups, RAID), which are in use. */
  readonly holders: readonly string[];
  /** What it and its partitions hold, in libblkid's words (`vfat`, `LVM2_member`); empty when unknown. */
  readonly contents: readonly { readonly path: string; readonly kind: string }[];
  /** Its partitions. */
  readonly parts: readonly string[];
};

/** What `lsblk` is asked for. */
export const lsblkWords = [
  ...["--json", "--bytes", "--tree", "--output"],
  "PATH,SIZE,MODEL,SERIAL,TRAN,RO,TYPE,FSTYPE,MOUNTPOINTS",
] as const;

/** Reads the answer of `lsblk` with these words. It does not say whether a disk is claimed, and little of slots. */
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
      // Only a chip that is soldered in has these beside it.
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
