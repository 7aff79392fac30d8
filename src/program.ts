import { Command, Help, type Option } from "commander";
import version from "../package.json" with { type: "json" };
import { registerApply } from "./cli/apply/command.ts";
import { registerBuild } from "./cli/build/command.ts";
import { registerCheck } from "./cli/check/command.ts";
import { registerCollect } from "./cli/collect/command.ts";
import { registerCompletion } from "./cli/completion/command.ts";
import { registerDestroy } from "./cli/destroy/command.ts";
import { registerExplain } from "./cli/explain/command.ts";
import { registerFlash } from "./cli/flash/command.ts";
import { registerImage } from "./cli/image/command.ts";
import { registerInit } from "./cli/init/command.ts";
import { registerKnownHost } from "./cli/known-host/command.ts";
import { registerKql } from "./cli/kql/command.ts";
import { registerLabels } from "./cli/labels/command.ts";
import { registerLaunch } from "./cli/launch/command.ts";
import { registerMonitoring } from "./cli/monitoring/command.ts";
import { registerPacker } from "./cli/packer/command.ts";
import { registerPage } from "./cli/page/command.ts";
import { registerPreflight } from "./cli/preflight/command.ts";
import { registerSchema } from "./cli/schema/command.ts";
import type { Context } from "./cli/shared/context.ts";
import { note } from "./cli/shared/options.ts";
import { registerStatus } from "./cli/status/command.ts";
import { registerTofu } from "./cli/tofu/command.ts";
import { registerTry } from "./cli/try/command.ts";
import { registerUpgrade } from "./cli/upgrade/command.ts";
import { registerUserData } from "./cli/user-data/command.ts";
import { widestText } from "./diagnostics/wrap.ts";

/**
 * The commands, in the order of the help. A new command is a folder in `cli/` and a line here. A command imports its
 * code when it runs, so that start-up takes no longer than node's own.
 */
const commands = [
  registerInit,
  registerCheck,
  registerExplain,
  registerTry,
  registerBuild,
  registerUserData,
  registerImage,
  registerFlash,
  registerLabels,
  registerPacker,
  registerTofu,
  registerLaunch,
  registerApply,
  registerStatus,
  registerDestroy,
  registerPreflight,
  registerCollect,
  registerKnownHost,
  registerKql,
  registerMonitoring,
  registerUpgrade,
  registerPage,
  registerSchema,
  registerCompletion,
];

/** The program with all commands: the source of the help, of docs/commands.md and of the man page. */
export function newProgram(context: Context): Command {
  const program = new Command("sensorbake")
    .description(
      "Compiles one settings file into the files that a DShield honeypot sensor needs for its first boot.",
    )
    .version(version.version)
    .showHelpAfterError("(run sensorbake --help for usage)")
    .showSuggestionAfterError()
    .configureHelp({ optionDescription })
    .configureOutput({ getOutHelpWidth: widthOfHelp, getErrHelpWidth: widthOfHelp })
    .exitOverride()
    .addHelpText(
      "after",
      note(
        "Exit codes: 0 success; 1 errors in the settings; 2 wrong usage; 3 outside failure (disk, network, provider); 70 bug.",
      ),
    );
  for (const register of commands) register(program, context);
  for (const command of program.commands) command.exitOverride().showHelpAfterError("(add --help for usage)");
  return program;
}

function widthOfHelp(): number {
  return Math.min(process.stdout.columns || 80, widestText);
}

// Every switch is off by default, so the help does not repeat it. Numbers are shown without quotes.
function optionDescription(option: Option): string {
  const text = new Help()
    .optionDescription(option)
    .replace(" (default: false)", "")
    .replace(/default: "(\d+)"/, "default: $1");
  return option.mandatory ? `${text} (required)` : text;
}
