import { Option } from "commander";

/** `--format text|json`, for commands whose answer a program might read. */
export function formatOption(): Option {
  return new Option("--format <format>", "how to answer").choices(["text", "json"]).default("text");
}

/** `--sensor NAME`, for commands that can do with some sensors of the file. */
export function sensorOption(): Option {
  return new Option("--sensor <name>", "only this sensor; may be repeated").argParser(
    (value: string, before: readonly string[] = []) => [...new Set([...before, ...value.split(",")])],
  );
}

/** `--seed-only`, for machines made of an image of `sensorbake packer`. */
export function seedOnlyOption(): Option {
  return new Option(
    "--seed-only",
    "only what an image of `sensorbake packer` does not hold: identity, settings, secrets",
  ).default(false);
}
