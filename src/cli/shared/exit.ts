import { outsideFailure } from "../../diagnostics/outside-failure.ts";
import { visible } from "../../diagnostics/visible.ts";
import { SettingsRefused } from "./settings-refused.ts";
import type { Streams } from "./streams.ts";

/** Exit codes that programs may rely on; see `sensorbake --help`. */
export const exitCodes = { fine: 0, settings: 1, usage: 2, outside: 3, bug: 70, interrupted: 130 } as const;

/** The meaning of each exit code, for the reference. */
export const exitStatus: readonly (readonly [code: number, meaning: string])[] = [
  [exitCodes.fine, "success"],
  [
    exitCodes.settings,
    "the settings have errors (with --strict: or warnings), --check found a difference, status found an unhealthy sensor, or try did not observe everything",
  ],
  [exitCodes.usage, "wrong usage; with --detailed-exitcode: the plan changes something"],
  [exitCodes.outside, "something outside sensorbake failed: a disk, a network, a server, a provider"],
  [exitCodes.bug, "a bug in sensorbake; it prints the lines to report"],
  [exitCodes.interrupted, "interrupted by Ctrl-C; no file was left incomplete"],
];

/** With `--detailed-exitcode`: the plan changes something. As in OpenTofu and Terraform; the same number as wrong usage. */
export const changesExitCode = 2;

/** Wrong usage that the option parser cannot detect: one line and a hint, exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly hint: string | undefined;
  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/**
 * Prints in one line why a command failed and returns its exit code. An error that is neither a user's mistake nor an
 * outside failure is a bug, and its stack is printed.
 */
export function exitCodeOf(error: unknown, streams: Streams, signal: AbortSignal): number {
  if (signal.aborted) {
    streams.say("sensorbake: interrupted; no file was left incomplete");
    return exitCodes.interrupted;
  }
  if (error instanceof SettingsRefused) return error.exit;
  const known = error instanceof UsageError ? error : outsideFailure(error);
  if (known === undefined) {
    streams.say(
      "sensorbake: this is a bug in sensorbake, not in your settings; please report it with these lines",
    );
    streams.say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return exitCodes.bug;
  }
  // Devices, servers and other programs have a part in it.
  streams.say(`sensorbake: ${linesOf(known.message)}`);
  if (known.hint !== undefined) streams.say(`  = help: ${linesOf(known.hint)}`);
  return known instanceof UsageError ? exitCodes.usage : exitCodes.outside;
}

function linesOf(text: string): string {
  return text.split("\n").map(visible).join("\n");
}
