/** A whole disk, as `lsblk` describes it. */
export type Disk = {
  readonly path: string;
  readonly bytes: number;
  readonly model: string;
  readonly serial: string;
  /** `usb`, `mmc`, `sata`, `nvme`, ...; empty when unknown. */
  readonly transport: string;
  readonly isRemovable: boolean;
  readonly isReadOnly: boolean;
  /** What lsblk calls it: `disk`, and `loop`, `rom` and the like for what is no card. */
  readonly type: string;
  /** Where it or a part of it is mounted; `[SWAP]` for swap. */
  readonly mounts: readonly string[];
  /** Other devices made of it (encryption, volume groups, RAID), which are in use. */
  readonly holders: readonly string[];
  /** Its partitions. */
  readonly parts: readonly string[];
};

/** What `lsblk` is asked for. */
export const lsblkWords = [
  ...["--json", "--bytes", "--tree", "--output"],
  "PATH,SIZE,MODEL,SERIAL,TRAN,RM,HOTPLUG,RO,TYPE,MOUNTPOINTS",
] as const;

/** Reads the answer of `lsblk` with these words. */
export function disksOf(answer: string): readonly Disk[] {
  const { blockdevices } = JSON.parse(answer) as { readonly blockdevices: readonly Device[] };
  return blockdevices.map((device) => {
    const below = descendants(device);
    const text = (value: string | null) => value?.trim() ?? "";
    return {
      path: device.path,
      bytes: device.size,
      model: text(device.model),
      serial: text(device.serial),
      transport: text(device.tran),
      isRemovable: device.rm || device.hotplug || device.tran === "usb" || device.tran === "mmc",
      isReadOnly: device.ro,
      type: device.type,
      mounts: [device, ...below].flatMap(({ mountpoints }) => mountpoints.filter((at) => at !== null)),
      holders: below.filter(({ type }) => type !== "part").map(({ path }) => path),
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
  readonly rm: boolean;
  readonly hotplug: boolean;
  readonly ro: boolean;
  readonly type: string;
  readonly mountpoints: readonly (string | null)[];
  readonly children?: readonly Device[];
};

function descendants({ children = [] }: Device): readonly Device[] {
  return children.flatMap((child) => [child, ...descendants(child)]);
}
