import { OutsideError } from "../diagnostics/outside-error.ts";
import type { Disk } from "./disks.ts";

/**
 * Why a disk must not be written to; `undefined` if it may be. Refuses everything that is not clearly a card: the
 * system's own disk, disks in use, built-in disks. No option overrides this.
 */
export function refusalOf(disk: Disk): OutsideError | undefined {
  const { path, mounts, holders } = disk;
  const other = "use the card's whole device; `sensorbake flash --list` shows the cards";
  const isOwn = mounts.includes("/") || mounts.includes("[SWAP]");
  if (isOwn) return new OutsideError(`${path} is this system's own disk`, other);
  const system = mounts.find((at) => !isDesktopMount(at));
  if (system !== undefined)
    return new OutsideError(
      `${path} is in use: it is mounted at ${system}`,
      "unmount it yourself if it is the card",
    );
  if (disk.isClaimed)
    return new OutsideError(
      `${path} is in use`,
      "close the programs that use it, and unmount it; it may be mounted inside a container",
    );
  if (holders.length > 0) return new OutsideError(`${path} is in use by ${holders.join(", ")}`, other);
  if (disk.type !== "disk" || /boot\d$|rpmb$/.test(path))
    return new OutsideError(`${path} is not a disk (${disk.type})`, other);
  if (disk.transport === "mmc" && disk.slotType !== "SD")
    return new OutsideError(`${path} is built in: it is soldered eMMC, not an SD card`, other);
  if (disk.transport !== "mmc" && disk.transport !== "usb")
    return new OutsideError(`${path} is built in: it is neither in an SD slot nor on USB`, other);
  if (disk.bytes === 0)
    return new OutsideError(`there is no card in ${path}`, "insert it and run the command again");
  if (disk.isReadOnly)
    return new OutsideError(
      `${path} is write-protected`,
      "check the small switch on the side of the SD card or adapter",
    );
  const member = disk.contents.find(({ kind }) => isMember.test(kind));
  if (member !== undefined)
    return new OutsideError(
      `${member.path} is part of a volume group, a RAID or an encrypted disk (${member.kind})`,
      `if it is the card, erase that first: wipefs --all ${member.path}`,
    );
  return undefined;
}

/** The disks that may be written to. */
export function candidatesOf(disks: readonly Disk[]): readonly Disk[] {
  return disks.filter((disk) => refusalOf(disk) === undefined);
}

/** The disk with that path; throws `OutsideError` if there is none or it must not be written to. */
export function chooseDisk(disks: readonly Disk[], path: string): Disk {
  const disk = disks.find((each) => each.path === path);
  if (disk === undefined)
    throw (
      misnamed(disks, path) ??
      new OutsideError(`there is no disk ${path}`, "`sensorbake flash --list` shows the cards")
    );
  const refusal = refusalOf(disk);
  if (refusal !== undefined) throw refusal;
  return disk;
}

/** Why a path is never a disk's: it is a partition, or a name without its folder; otherwise `undefined`. */
export function misnamed(disks: readonly Disk[], path: string): OutsideError | undefined {
  const whole = disks.find(({ parts }) => parts.includes(path));
  if (whole !== undefined)
    return new OutsideError(`${path} is a partition`, `the whole disk is ${whole.path}`);
  const meant = disks.find((each) => each.path === `/dev/${path}`);
  return meant && new OutsideError(`there is no disk ${path}`, `did you mean ${meant.path}?`);
}

// libblkid's types (util-linux) for members of volume groups, of RAID, and for encrypted disks.
const isMember = /_member$|^(crypto_LUKS|BitLocker|bcache|drbd|stratis)$|^DM_/;

// Where desktops mount removable media: `/media/ann/bootfs`. A mount elsewhere is intentional.
function isDesktopMount(at: string): boolean {
  return /^\/(run\/)?media\/[^/]+\/[^/]+$/.test(at);
}
