import { outsideFailure } from "../../diagnostics/outside-failure.ts";
import { SettingsRefused } from "./settings-refused.ts";
import type { Streams } from "./streams.ts";

/** Exit codes that programs may rely on; see `sensorbake --help`. */
export const exitCodes = { fine: 0, settings: 1, usage: 2, outside: 3, bug: 70, interrupted: 130 } as const;

/** With `--detailed-exitcode`: the plan changes something. OpenTofu's and Terraform's number, which is that of wrong usage, too. */
export const changesExitCode = 2;

/** Wrong usage that the option parser cannot see: one line and a hint, exit code 2. */
export class UsageError extends Error {
  override readonly name = "UsageError";
  readonly hint: string | undefined;
  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/**
 * Says in one line why a command ended and gives its exit code. What is neither a user's mistake nor the
 * world's failure is a bug, whose stack is shown, for whoever mends it.
 */
export function exitCodeOf(error: unknown, streams: Streams, signal: AbortSignal): number {
  if (signal.aborted) {
    streams.say("sensorbake: interrupted, nothing was left half-written");
    return exitCodes.interrupted;
  }
  if (error instanceof SettingsRefused) return error.exit;
  const known = error instanceof UsageError ? error : outsideFailure(error);
  if (known === undefined) {
    streams.say(
      "sensorbake: this is a bug of sensorbake, not of your settings: please report it with these lines",
    );
    streams.say(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return exitCodes.bug;
  }
  streams.say(`sensorbake: ${known.message}`);
  if (known.hint !== undefined) streams.say(`  = help: ${known.hint}`);
  return known instanceof UsageError ? exitCodes.usage : exitCodes.outside;
}
