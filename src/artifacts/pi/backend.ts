import type { Plan } from "../../plan/plan.ts";
import type { PiBoot } from "../../plan/resolve-pi-boot.ts";
import type { Artifact } from "../artifact.ts";
import type { BootFiles } from "../boot-files.ts";
import type { Secrets, Template } from "../payload.ts";
import type { UserData } from "../user-data.ts";

/** The input of a backend. */
export type PiSensor = {
  readonly plan: Plan;
  readonly secrets: Secrets;
  /** The digest of the settings, for the instance-id. */
  readonly digest: string;
  /** The sensor's file tree. */
  readonly payload: readonly Artifact[];
  /** The files of `templates/`; those below `/boot/firmware` are static programs for the boot partition. */
  readonly templates: readonly Template[];
};

/** The boot files of one sensor, with mode 0600 for those with a secret, and the one that contains the payload. */
export type PiFiles = BootFiles & { readonly files: readonly Artifact[]; readonly userData: UserData };

/** One mechanism by which an image reads its settings from the boot partition; `backends.ts` lists them all. */
export type PiBackend = {
  /** Its name in the settings (`pi.boot`). */
  readonly boot: PiBoot;
  readonly compile: (sensor: PiSensor) => PiFiles;
};
