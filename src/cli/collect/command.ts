import { InvalidArgumentError } from "commander";
import type { Register } from "../shared/context.ts";
import { formatOption, sensorOption } from "../shared/options.ts";
import type { CollectCommandOptions } from "./options.ts";

export const registerCollect: Register = (program, context) => {
  program
    .command("collect")
    .description(
      "fetch the backups of all sensors from their server, verified; what is here is not fetched again",
    )
    .argument("<file>", "the settings file")
    .requiredOption("--into <folder>", "where they go, a folder for each sensor")
    .option("--since <date>", "only archives of this day (2026-11-24) or later", day)
    .option("--concurrency <number>", "most sensors at a time", wholeNumber, 4)
    .option("--identity <file>", "log in with this private key instead of the sensor's")
    .option("--extract", "unpack what was fetched; it is live malware", false)
    .option("--age-identity <file>", "the private key that opens archives of format tar.zst")
    .option("--max-files <number>", "most files and folders to unpack from one archive", positive, 200_000)
    .option("--max-gigabytes <number>", "most to unpack from one archive", positive, 100)
    .option(
      "--max-ratio <number>",
      "most to unpack from one archive, as a multiple of its size",
      positive,
      200,
    )
    .addOption(sensorOption())
    .addOption(formatOption())
    .action(async (file: string, options: CollectCommandOptions) => {
      const { runCollect } = await import("./run.ts");
      process.exitCode = await runCollect(file, options, context);
    });
};

function day(text: string): string {
  const date = new Date(`${text}T00:00:00Z`);
  if (/^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text))
    return text;
  throw new InvalidArgumentError("A day is written like 2026-11-24.");
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d?$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It is a number from 1 to 99.");
}

function positive(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("It is a whole number from 1 to 999999999.");
}
