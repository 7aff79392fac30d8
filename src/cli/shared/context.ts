import type { Command } from "commander";
import type { Streams } from "./streams.ts";

/** What every command is given: where it speaks, and when it is to stop. */
export type Context = { readonly streams: Streams; readonly signal: AbortSignal };

/** Adds one command to the program. */
export type Register = (program: Command, context: Context) => void;
