import type { PiBackend } from "./backend.ts";
import { cloudinit } from "./cloudinit.ts";
import { firstrun } from "./firstrun.ts";
import { preseed } from "./preseed.ts";

/** Every mechanism that images of a Raspberry Pi have; to add one, write a file and put it here. */
export const piBackends: readonly PiBackend[] = [cloudinit, firstrun, preseed];
