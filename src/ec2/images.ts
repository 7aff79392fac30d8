import type { ImageChoice } from "../plan/ec2-plan.ts";
import type { OsName } from "../values/os-names.ts";
import { oursFilter } from "./tags.ts";

export type Architecture = "x86_64" | "arm64";

/** A search for an image with `DescribeImages`. Always names the owner, because anyone may publish under any name. */
export type ImageQuery = {
  readonly ids?: readonly string[];
  readonly owners?: readonly string[];
  readonly filters?: readonly { readonly Name: string; readonly Values: readonly string[] }[];
};

/** The facts of an existing image that a launch needs. */
export type FoundImage = {
  readonly id: string;
  readonly name: string;
  readonly architecture: string;
  /** `/dev/xvda` on Debian, `/dev/sda1` on Ubuntu. */
  readonly rootDevice: string;
  /** Size of the image's own volume, GiB. */
  readonly gigabytes: number;
  readonly created: string;
};

const debian = "136693071363";
const canonical = "099720109477";

/** Account and name of the official images, the architecture in Debian's words being `ARCH`. */
const official: Readonly<Partial<Record<OsName, { readonly account: string; readonly name: string }>>> = {
  "debian-12": { account: debian, name: "debian-12-ARCH-*" },
  "debian-13": { account: debian, name: "debian-13-ARCH-*" },
  "ubuntu-24.04": { account: canonical, name: "ubuntu/images/hvm-ssd-gp3/ubuntu-*-24.04-ARCH-server-*" },
  "ubuntu-26.04": { account: canonical, name: "ubuntu/images/hvm-ssd-gp3/ubuntu-*-26.04-ARCH-server-*" },
};

/** The search for an image; `undefined` if EC2 itself resolves it at launch. */
export function imageQuery(
  choice: ImageChoice,
  os: OsName,
  architecture: Architecture,
): ImageQuery | undefined {
  if (choice.kind === "ssm") return undefined;
  if (choice.kind === "ami") return { ids: [choice.id] };
  const usable = [
    { Name: "architecture", Values: [architecture] },
    { Name: "root-device-type", Values: ["ebs"] },
    { Name: "state", Values: ["available"] },
    { Name: "virtualization-type", Values: ["hvm"] },
  ];
  if (choice.kind === "baked")
    return {
      owners: ["self"],
      filters: [oursFilter, { Name: "tag:sensorbake:os", Values: [os] }, ...usable],
    };
  const source = official[os];
  if (source === undefined) throw new Error(`${os} does not run on EC2; the settings should have refused it`);
  const name = source.name.replace("ARCH", architecture === "x86_64" ? "amd64" : "arm64");
  return { owners: [source.account], filters: [{ Name: "name", Values: [name] }, ...usable] };
}

/** The newest image; of two with the same date, the one whose id sorts last, so that the choice is deterministic. */
export function newest(images: readonly FoundImage[]): FoundImage | undefined {
  const key = ({ created, id }: FoundImage) => `${created} ${id}`;
  return [...images].sort((a, b) => (key(a) < key(b) ? 1 : -1))[0];
}

/** Why a region has no official images; `undefined` if it has. */
export function noOfficialImages(choice: ImageChoice, region: string): string | undefined {
  return choice.kind === "newest" && /^(cn|us-gov|us-iso)/.test(region)
    ? `the accounts that publish official images in ${region} are not known to sensorbake; pin one with image: ami-...`
    : undefined;
}

/** The choice in words, before any lookup. */
export function imageText(choice: ImageChoice, os: OsName): string {
  if (choice.kind === "ami") return choice.id;
  if (choice.kind === "ssm") return `resolve:ssm:${choice.parameter}`;
  return choice.kind === "baked" ? `newest baked ${os}` : `newest ${os}`;
}
