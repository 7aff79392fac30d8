import type { OsName } from "../../values/os-names.ts";
import type { Openings } from "./openings.ts";
import type { Command } from "./shell.ts";

/** The machine that a guide creates. */
export type Machine = {
  readonly name: string;
  readonly os: OsName;
  /** The first public key of the admin, for providers that put a key into each machine. */
  readonly publicKey: string;
  /** The file that holds the user-data in the form that the provider takes. */
  readonly userData: string;
  readonly openings: Openings;
};

/** How a person creates a machine of one target, with the provider's own tool or in its web console. Pure. */
export type Guide = {
  /** The provider's name and its tool, for a heading. */
  readonly provider: string;
  readonly tool: string;
  /** The firewall and the machine; the commands run in the folder of the sensor's files. */
  readonly create: (machine: Machine) => readonly Command[];
  /** Words of the commands that the settings cannot know, and how to find their values. */
  readonly unknown: Readonly<Record<string, string>>;
  /** The place in the provider's web console that takes the user-data. */
  readonly console: string;
  /** Prints the machine's address. */
  readonly address: (machine: Machine) => Command;
  /** The tool sends the content of a file as it is, and the provider wants base64. */
  readonly takesBase64?: boolean;
  /** A limit of the provider that concerns this machine. */
  readonly caution?: (machine: Machine) => string | undefined;
};

/** Placeholder for an image that a guide does not know. */
export const unknownImage = "IMAGE";

/** The name of a system's image at a provider, or {@link unknownImage}. */
export function imageOf(images: Readonly<Partial<Record<OsName, string>>>, os: OsName): string {
  return images[os] ?? unknownImage;
}
