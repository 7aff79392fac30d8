import { OutsideError } from "../diagnostics/outside-error.ts";
import { type FatFacts, readFatFacts } from "./fat-facts.ts";
import { cutShort, type Partition, readPartitions } from "./partitions.ts";
import { partOf, type Region } from "./region.ts";

/** The boot partition of an image, checked and not yet changed. */
export type BootPartition = {
  readonly partition: Partition;
  readonly volume: Region;
  readonly facts: FatFacts;
};

/** Labels of the boot partition: Raspberry Pi OS since 2022, and Ubuntu. */
const bootLabels = ["bootfs", "system-boot"];

/**
 * Finds the partition from which a Pi boots: it has a FAT type, a FAT file system, and the right label. Throws
 * `OutsideError` with the existing partitions if there is none or it is damaged.
 */
export function findBoot(disk: Region): BootPartition {
  const { kind, partitions } = readPartitions(disk);
  const seen: string[] = [];
  let damage: unknown;
  for (const partition of partitions.filter(({ mayBeFat }) => mayBeFat)) {
    try {
      if (partition.start + partition.size > disk.size) throw cutShort(disk.size);
      const volume = partOf(disk, partition.start, partition.size);
      const facts = readFatFacts(volume);
      if (facts !== undefined && bootLabels.includes(facts.label)) return { partition, volume, facts };
      seen.push(
        facts === undefined
          ? `partition ${partition.number} should be FAT by its type and is not`
          : `partition ${partition.number} is FAT and labelled ${JSON.stringify(facts.label)}`,
      );
    } catch (error) {
      damage ??= error;
    }
  }
  if (damage !== undefined) throw damage;
  if (seen.length === 0)
    seen.push(`${partitions.length} partitions (${kind.toUpperCase()}), none of a FAT type`);
  throw new OutsideError(
    `the image has no boot partition of a Raspberry Pi: ${seen.join("; ")}`,
    `one labelled ${bootLabels.join(" or ")} is looked for`,
  );
}
