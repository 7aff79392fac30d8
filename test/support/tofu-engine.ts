import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import * as assert from "uvu/assert";
import { execute } from "./scratch-root.ts";
import { sensorbake } from "./sensorbake.ts";
import { tofuEnvironment, tofuModules } from "./tofu.ts";

/** A value that is in every secret of the settings, and may be nowhere in OpenTofu's files. */
export const canary = "CanaryOfASecret";

/** The settings of test/tofu/sensors.yaml: a sensor for each module. */
export const everyModule = readFileSync("test/tofu/sensors.yaml", "utf8");

/** A folder in which a real OpenTofu finds the stand-in (test/tofu/go/stand-in) under the name of each provider. */
export type TofuEngine = {
  readonly folder: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Writes the configuration of these settings into the folder `name`. */
  readonly write: (name: string, settings: string | object) => Promise<void>;
  /** Runs OpenTofu in the folder `name`, and fails unless it ends with the expected exit code. */
  readonly tofu: (name: string, words: readonly string[], expected?: number) => Promise<string>;
  readonly init: (name: string) => Promise<string>;
  /** Applies without a question; `words`: more options, or a plan. */
  readonly apply: (name: string, ...words: readonly string[]) => Promise<string>;
  /** Plans; the exit code is 0 for an empty plan and 2 for changes. */
  readonly plan: (name: string, expected: 0 | 2, ...words: readonly string[]) => Promise<string>;
  readonly remove: () => void;
};

/** `real`: programs of modules that do not use the stand-in; `added`: their environment. */
export function tofuEngine(
  real: Readonly<Record<string, string>> = {},
  added: Readonly<Record<string, string>> = {},
): TofuEngine {
  const folder = mkdtempSync(join(tmpdir(), "sensorbake-tofu-"));
  for (const name of tofuModules())
    layProvider(join(folder, "mirror"), name, real[name] ?? resolve(".cache/tofu/stand-in"));
  const mirror = JSON.stringify(join(folder, "mirror"));
  const configuration = `provider_installation {\n  filesystem_mirror {\n    path = ${mirror}\n  }\n}\n`;
  writeFileSync(join(folder, "tofurc"), configuration);
  const environment = {
    ...tofuEnvironment,
    ...added,
    HOME: folder,
    TF_CLI_CONFIG_FILE: join(folder, "tofurc"),
    TF_IN_AUTOMATION: "1",
    STAND_IN_SCHEMAS: resolve("test/tofu/schemas.json"),
  };
  const tofu = async (name: string, words: readonly string[], expected = 0) => {
    const all = [`-chdir=${join(folder, name)}`, ...words];
    const { code, stdout, stderr } = await execute("tofu", all, environment);
    assert.is(code, expected, `tofu ${words.join(" ")}: ${stdout}${stderr}`);
    return stdout;
  };
  return {
    folder,
    environment,
    write: async (name, settings) => {
      const file = join(folder, `${name}.yaml`);
      writeFileSync(file, typeof settings === "string" ? settings : JSON.stringify(settings));
      const env = { BACKUP_PASSWORD: canary, DSHIELD_API_KEY: canary, TRANSFER_KEY: canary };
      const { code, stderr } = await sensorbake(["tofu", file, "-o", join(folder, name)], { env });
      assert.is(code, 0, stderr);
    },
    tofu,
    init: (name) => tofu(name, ["init", "-input=false"]),
    apply: (name, ...words) => tofu(name, ["apply", "-input=false", "-auto-approve", "-no-color", ...words]),
    plan: (name, expected, ...words) =>
      tofu(name, ["plan", "-input=false", "-no-color", "-detailed-exitcode", ...words], expected),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

// In the layout of a filesystem mirror.
function layProvider(mirror: string, module: string, program: string): void {
  const text = readFileSync(join("tofu", module, "versions.tf"), "utf8");
  const [, source = "", version = ""] = /source {2}= "(.*)"\n *version = "= (.*)"/.exec(text) ?? [];
  const platform = `linux_${process.arch === "x64" ? "amd64" : process.arch}`;
  const place = join(mirror, "registry.opentofu.org", source, version, platform);
  mkdirSync(place, { recursive: true });
  const name = `terraform-provider-${source.split("/")[1]}_v${version}`;
  symlinkSync(program, join(place, name));
}
