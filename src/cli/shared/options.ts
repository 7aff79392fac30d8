import { type AddHelpTextContext, Option } from "commander";

/** `--format text|json`, for commands whose output a program may read. */
export function formatOption(): Option {
  return new Option("--format <format>", "output format").choices(["text", "json"]).default("text");
}

/** `--sensor NAME`, for commands that accept a subset of the file's sensors. */
export function sensorOption(): Option {
  return new Option("--sensor <name>", "only this sensor, without reading the others; repeatable").argParser(
    (value: string, before: readonly string[] = []) => [...new Set([...before, ...value.split(",")])],
  );
}

/** `--tofu FOLDER`, for commands that connect to sensors. */
export function tofuOption(): Option {
  return new Option(
    "--tofu <folder>",
    "read the sensors' addresses from the output `addresses` of the OpenTofu or Terraform configuration in this folder",
  );
}

/** `--seed-only`, for machines created from a baked image. */
export function seedOnlyOption(): Option {
  return new Option(
    "--seed-only",
    "only what a baked image (`sensorbake packer`) lacks: identity, settings, secrets",
  ).default(false);
}

/** Examples below the help of a command, without the name of the program. */
export function examples(...commands: readonly string[]): string {
  return [
    "",
    commands.length === 1 ? "Example:" : "Examples:",
    ...commands.map((one) => `  sensorbake ${one}`),
  ].join("\n");
}

/** A paragraph below the options of a command, as wide as the rest of the help. */
export function note(text: string): (context: AddHelpTextContext) => string {
  return ({ command }) => {
    const width = command.configureOutput().getOutHelpWidth?.() ?? 80;
    return `\n${command.createHelp().boxWrap(text, width)}`;
  };
}
