import { OutsideError } from "../diagnostics/outside-error.ts";
import type { Disk } from "./disks.ts";

/**
 * Why a disk is not written to, or `undefined` when it may be. Whatever is not plainly a card is refused: the
 * system's own disk, what is in use, what cannot be taken out. There is no option that overrules this.
 */
export function refusalOf(disk: Disk): OutsideError | undefined {
  const { path, mounts, holders } = disk;
  const other = "give the card's whole device; `sensorbake flash --list` shows what may be written";
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
      "close what uses it, and unmount it; a container may have it mounted where you do not see it",
    );
  if (holders.length > 0) return new OutsideError(`${path} is in use by ${holders.join(", ")}`, other);
  if (disk.type !== "disk" || /boot\d$|rpmb$/.test(path))
    return new OutsideError(`${path} is no disk (${disk.type})`, other);
  if (disk.transport === "mmc" && disk.slotType !== "SD")
    return new OutsideError(`${path} is built in: it is soldered (eMMC), no SD card`, other);
  if (disk.transport !== "mmc" && disk.transport !== "usb")
    return new OutsideError(`${path} is built in: it is neither in an SD slot nor on USB`, other);
  if (disk.bytes === 0) return new OutsideError(`there is no card in ${path}`, "put it in and try again");
  if (disk.isReadOnly)
    return new OutsideError(
      `${path} is write-protected`,
      "SD cards and adapters have a small switch on their side",
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

/** The disk of that path among those there are; throws `OutsideError` when there is none or it is not to be written to. */
export function chooseDisk(disks: readonly Disk[], path: string): Disk {
  const disk = disks.find((each) => each.path === path);
  if (disk === undefined) {
    const whole = disks.find(({ parts }) => parts.includes(path));
    if (whole !== undefined)
      throw new OutsideError(`${path} is a partition`, `the whole disk is ${whole.path}`);
    const meant = disks.find((each) => each.path === `/dev/${path}`);
    throw new OutsideError(
      `there is no disk ${path}`,
      meant === undefined ? "`sensorbake flash --list` shows what may be written" : `is it ${meant.path}?`,
    );
  }
  const refusal = refusalOf(disk);
  if (refusal !== undefined) throw refusal;
  return disk;
}

// What libblkid (util-linux) calls parts of volume groups, of RAID, and of encrypted disks.
const isMember = /_member$|^(crypto_LUKS|BitLocker|bcache|drbd|stratis)$|^DM_/;

// Where desktops mount what is put in: `/media/ann/bootfs`. Anywhere else somebody mounted it on purpose.
function isDesktopMount(at: string): boolean {
  return /^\/(run\/)?media\/[^/]+\/[^/]+$/.test(at);
}
