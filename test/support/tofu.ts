import { existsSync, readdirSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";
import { needs } from "./needs.ts";

const folder = resolve(".cache/tofu");

/** Declares a test that needs OpenTofu, which test/tofu/go/build.sh builds from source. */
export const withTofu = existsSync(join(folder, "tofu"))
  ? needs()
  : needs("OpenTofu (test/tofu/go/build.sh)");

/** The environment in which `tofu` is that one, and asks nobody for updates. */
export const tofuEnvironment = {
  PATH: `${folder}${delimiter}${process.env.PATH ?? ""}`,
  CHECKPOINT_DISABLE: "1",
};

/** The names of the modules: the folders of `tofu/`. */
export function tofuModules(): readonly string[] {
  const entries = readdirSync("tofu", { withFileTypes: true });
  return entries.flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
}
