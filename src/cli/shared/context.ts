import type { Command } from "commander";
import type { Streams } from "./streams.ts";

/** The context of every command: its output streams and its abort signal. */
export type Context = { readonly streams: Streams; readonly signal: AbortSignal };

/** Adds one command to the program. */
export type Register = (program: Command, context: Context) => void;
