import type { Plan } from "../../plan/plan.ts";
import type { OsName } from "../../values/os-names.ts";

/** A Packer variable's value. */
export type Variables = Readonly<Record<string, string>>;

/**
 * The bundle's variables that the settings decide; every other variable has a default in the HCL or comes from the
 * environment. Packer's plugins would treat `{{` in a value as a template, so it is refused.
 */
export function packerVariables(plans: readonly Plan[], version: string): Variables {
  const [first] = plans;
  if (first === undefined) throw new Error("an image needs at least one sensor");
  const { os } = first;
  const region = plans.find(({ ec2 }) => ec2 !== undefined)?.ec2?.region;
  const variables: Variables = {
    image_name: `honeypot-${os.replaceAll(".", "-")}`,
    os,
    sensorbake_version: version,
    ...baseImages[os],
    ...(region !== undefined && { aws_region: region }),
  };
  for (const [name, value] of Object.entries(variables))
    if (value.includes("{{")) throw new Error(`the variable ${name} would contain two opening braces`);
  return variables;
}

/** The publishers' addresses of each system's images, by the names of the variables in `packer/*.pkr.hcl`. */
export const baseImages: Readonly<Record<OsName, Variables>> = {
  "debian-12": debian("bookworm", "12"),
  "debian-13": debian("trixie", "13"),
  "ubuntu-24.04": ubuntu("24.04", "24_04-lts"),
  "ubuntu-26.04": ubuntu("26.04", "26_04-lts"),
  "raspios-12": raspios("raspios_oldstable_lite_arm64", "2025-11-24", "bookworm"),
  "raspios-13": raspios("raspios_lite_arm64", "2025-11-24", "trixie"),
};

function debian(codename: string, release: string): Variables {
  const folder = `https://cloud.debian.org/images/cloud/${codename}/latest`;
  return {
    base_url_amd64: `${folder}/debian-${release}-generic-amd64.qcow2`,
    base_checksum_amd64: `file:${folder}/SHA512SUMS`,
    base_url_arm64: `${folder}/debian-${release}-generic-arm64.qcow2`,
    base_checksum_arm64: `file:${folder}/SHA512SUMS`,
    aws_owner: "136693071363",
    aws_image: `debian-${release}-*`,
    aws_user: "admin",
    digitalocean_image: `debian-${release}-x64`,
    hcloud_image: `debian-${release}`,
    google_image_family: `debian-${release}`,
    google_image_project: "debian-cloud",
    azure_image_publisher: "Debian",
    azure_image_offer: `debian-${release}`,
    azure_image_sku: `${release}-gen2`,
    proxmox_user: "debian",
  };
}

function ubuntu(release: string, offer: string): Variables {
  const folder = `https://cloud-images.ubuntu.com/releases/${release}/release`;
  const name = release.replace(".", "-");
  return {
    base_url_amd64: `${folder}/ubuntu-${release}-server-cloudimg-amd64.img`,
    base_checksum_amd64: `file:${folder}/SHA256SUMS`,
    base_url_arm64: `${folder}/ubuntu-${release}-server-cloudimg-arm64.img`,
    base_checksum_arm64: `file:${folder}/SHA256SUMS`,
    aws_owner: "099720109477",
    aws_image: `ubuntu/images/hvm-ssd-gp3/ubuntu-*-${release}-*-server-*`,
    aws_user: "ubuntu",
    digitalocean_image: `ubuntu-${name}-x64`,
    hcloud_image: `ubuntu-${release}`,
    google_image_family: `ubuntu-${release.replace(".", "")}-lts-amd64`,
    google_image_project: "ubuntu-os-cloud",
    azure_image_publisher: "Canonical",
    azure_image_offer: `ubuntu-${offer}`,
    azure_image_sku: "server",
    proxmox_user: "ubuntu",
  };
}

function raspios(folder: string, date: string, codename: string): Variables {
  const url = `https://downloads.raspberrypi.com/${folder}/images/${folder}-${date}/${date}-raspios-${codename}-arm64-lite.img.xz`;
  return { pi_url: url, pi_checksum: `file:${url}.sha256` };
}
