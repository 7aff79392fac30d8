import type { PiBoot, Plan } from "../../plan/plan.ts";
import type { Artifact } from "../artifact.ts";
import type { BootFiles } from "../boot-files.ts";
import type { Secrets, Template } from "../payload.ts";
import type { UserData } from "../user-data.ts";

/** What a backend works from. */
export type PiSensor = {
  readonly plan: Plan;
  readonly secrets: Secrets;
  /** The digest of the settings, of which the instance-id is made. */
  readonly digest: string;
  /** The sensor's own file tree. */
  readonly payload: readonly Artifact[];
  /** The files of `templates/`; those below `/boot/firmware` are static programs for the boot partition. */
  readonly templates: readonly Template[];
};

/** The boot files of one sensor, 0600 those that hold a secret, and which of them carries the payload. */
export type PiFiles = BootFiles & { readonly files: readonly Artifact[]; readonly userData: UserData };

/** One mechanism by which an image takes its settings from the boot partition; `backends.ts` lists them all. */
export type PiBackend = {
  /** The word for it in the settings (`pi.boot`). */
  readonly boot: PiBoot;
  readonly compile: (sensor: PiSensor) => PiFiles;
};
