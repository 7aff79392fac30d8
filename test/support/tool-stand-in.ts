import { resolve } from "node:path";
import { standInRepository } from "./dshield-stand-in.ts";

/** Creates a repository of the stand-in for an analysis tool at the new `folder`, and returns its commit. */
export function standInTool(name: "cowrieprocessor" | "json_log_country", folder: string): Promise<string> {
  return standInRepository(folder, resolve("test/support/tools-stand-in", name));
}
