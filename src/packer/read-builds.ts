import { readFile } from "node:fs/promises";
import { OutsideError } from "../diagnostics/outside-error.ts";

/** The result of one build: files, or an id at a provider. */
export type Built = {
  readonly build: string;
  readonly files: readonly string[];
  readonly artifactId: string;
};

/** Parses Packer's manifest. Throws `OutsideError` if nothing was built, which Packer does not report as an error. */
export async function readBuilds(path: string): Promise<readonly Built[]> {
  const text = await readFile(path, "utf8").catch(() => "{}");
  const { builds = [] } = JSON.parse(text) as {
    builds?: { name: string; builder_type: string; artifact_id: string; files?: { name: string }[] | null }[];
  };
  if (builds.length === 0)
    throw new OutsideError("Packer built nothing and reported no error", `${path} lists no image`);
  return builds.map(({ name, builder_type, artifact_id, files }) => ({
    build: `${builder_type}.${name}`,
    files: (files ?? []).map((file) => file.name),
    artifactId: artifact_id,
  }));
}
