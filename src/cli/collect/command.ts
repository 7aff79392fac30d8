import { InvalidArgumentError } from "commander";
import type { Register } from "../shared/context.ts";
import { examples, formatOption, sensorOption, tofuOption } from "../shared/options.ts";
import type { CollectCommandOptions } from "./options.ts";

export const registerCollect: Register = (program, context) => {
  program
    .command("collect")
    .description(
      "fetch and verify the backups of all sensors, from their backup server or over SSH; skips archives that were fetched before",
    )
    .argument("<file>", "the settings file, or - for standard input")
    .requiredOption("--into <folder>", "output folder; each sensor gets a folder in it")
    .option("--since <date>", "only archives from this day (2026-11-24) or later", day)
    .option("--concurrency <number>", "maximum number of sensors at a time", wholeNumber, 4)
    .option("--identity <file>", "log in to the backup server with this private key instead of the sensor's")
    .option("--address <address>", "address of the sensor, if it has no `transfer`; only for one sensor")
    .addOption(tofuOption())
    .option("--extract", "unpack the archives, which contain live malware", false)
    .option("--age-identity <file>", "private key that decrypts tar.zst archives")
    .option("--max-files <number>", "maximum number of files and folders per archive", positive, 200_000)
    .option("--max-gigabytes <number>", "maximum unpacked size per archive", positive, 100)
    .option(
      "--max-ratio <number>",
      "maximum unpacked size, as a multiple of the archive's size",
      positive,
      200,
    )
    .addOption(sensorOption())
    .addOption(formatOption())
    .addHelpText("after", examples("collect sensors.yaml --into archives"))
    .action(async (file: string, options: CollectCommandOptions) => {
      const { runCollect } = await import("./run.ts");
      process.exitCode = await runCollect(file, options, context);
    });
};

function day(text: string): string {
  const date = new Date(`${text}T00:00:00Z`);
  if (/^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text))
    return text;
  throw new InvalidArgumentError("Write a day like 2026-11-24.");
}

function wholeNumber(text: string): number {
  if (/^[1-9]\d?$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Use a number from 1 to 99.");
}

function positive(text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("Use a whole number from 1 to 999999999.");
}
