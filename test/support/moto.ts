import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../../src/load/read-release.ts";

/** Where `.ci/run` installs moto, for `needs`; by hand: python3 -m venv .cache/moto && .cache/moto/bin/pip install -r test/moto-requirements.txt */
export const motoServer = join(packageRoot(), ".cache/moto/bin/moto_server");

export type Moto = {
  /** For the SDK's own environment variables. */
  readonly env: Readonly<Record<string, string>>;
  /** Empties every account. */
  readonly reset: () => Promise<void>;
  readonly stop: () => void;
};

/** Starts moto's server with images as Debian and Canonical publish them; `undefined` where it is not installed. */
export async function startMoto(): Promise<Moto | undefined> {
  if (!existsSync(motoServer)) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "sensorbake-moto-"));
  const images = join(folder, "images.json");
  writeFileSync(images, JSON.stringify(officialImages));
  const child = spawn(motoServer, ["-H", "127.0.0.1", "-p", "0"], {
    env: {
      PATH: process.env.PATH ?? "",
      MOTO_AMIS_PATH: images,
      MOTO_EC2_ENABLE_INSTANCE_TYPE_VALIDATION: "true",
      MOTO_ENABLE_AMI_VALIDATION: "true",
    },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const stop = () => {
    child.kill();
    rmSync(folder, { recursive: true, force: true });
  };
  process.once("exit", stop);
  const url = await new Promise<string>((resolve, reject) => {
    let said = "";
    const listen = (chunk: Buffer) => {
      said += chunk.toString();
      const found = /Running on (http:\/\/127\.0\.0\.1:\d+)/.exec(said)?.[1];
      if (found !== undefined) resolve(found);
    };
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
    child.on("close", () => reject(new Error(`moto did not start: ${said}`)));
  });
  return {
    env: {
      AWS_ENDPOINT_URL_EC2: url,
      AWS_ACCESS_KEY_ID: "AKIDEXAMPLE",
      AWS_SECRET_ACCESS_KEY: "example",
      AWS_EC2_METADATA_DISABLED: "true",
    },
    reset: async () => {
      await fetch(`${url}/moto-api/reset`, { method: "POST" });
    },
    stop,
  };
}

const image = (
  ami_id: string,
  owner_id: string,
  name: string,
  architecture: string,
  root_device_name: string,
  day: string,
) => ({
  ami_id,
  owner_id,
  name,
  architecture,
  root_device_name,
  creation_date: `${day}T00:00:00.000Z`,
  state: "available",
  public: true,
  image_location: name,
  sriov: "simple",
  root_device_type: "ebs",
  description: name,
  image_type: "machine",
  platform: null,
  virtualization_type: "hvm",
  hypervisor: "xen",
});

const officialImages = [
  image("ami-0a000001", "136693071363", "debian-13-amd64-20260901-1", "x86_64", "/dev/xvda", "2026-09-01"),
  image("ami-0a000002", "136693071363", "debian-13-amd64-20261101-1", "x86_64", "/dev/xvda", "2026-11-01"),
  image("ami-0a000003", "136693071363", "debian-13-arm64-20261101-1", "arm64", "/dev/xvda", "2026-11-01"),
  image("ami-0a00000e", "666666666666", "debian-13-amd64-20261123-1", "x86_64", "/dev/xvda", "2026-11-23"),
  image(
    "ami-0a000004",
    "099720109477",
    "ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-arm64-server-20261101",
    "arm64",
    "/dev/sda1",
    "2026-11-01",
  ),
];
