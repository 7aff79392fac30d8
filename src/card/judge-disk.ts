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
  if (holders.length > 0) return new OutsideError(`${path} is in use by ${holders.join(", ")}`, other);
  if (disk.type !== "disk" || /boot\d$|rpmb$/.test(path))
    return new OutsideError(`${path} is no disk (${disk.type})`, other);
  if (!disk.isRemovable) return new OutsideError(`${path} is built in: it cannot be taken out`, other);
  if (disk.bytes === 0) return new OutsideError(`there is no card in ${path}`, "put it in and try again");
  if (disk.isReadOnly)
    return new OutsideError(
      `${path} is write-protected`,
      "SD cards and adapters have a small switch on their side",
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

// Where desktops mount what is put in. A root file system that is read-only below an overlay lies there too.
function isDesktopMount(at: string): boolean {
  return /^\/(run\/media|media|mnt)(\/|$)/.test(at) && !/\/root-r[ow]$/.test(at);
}
