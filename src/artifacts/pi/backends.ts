import type { PiBackend } from "./backend.ts";
import { cloudinit } from "./cloudinit.ts";
import { firstrun } from "./firstrun.ts";
import { preseed } from "./preseed.ts";

/** Every mechanism of Raspberry Pi images. To add one, write a file and list it here. */
export const piBackends: readonly PiBackend[] = [cloudinit, firstrun, preseed];
