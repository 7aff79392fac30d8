import type { Command } from "commander";
import { exitStatus } from "../shared/exit.ts";
import { notesOf, shownCommands } from "./help-of.ts";

/** man/sensorbake.1: the same facts as `--help`, in the man macros that groff and mandoc render. */
export function manPage(program: Command): string {
  return [
    `.TH SENSORBAKE 1 "" ${quoted(`sensorbake ${program.version()}`)} "User Commands"`,
    ".SH NAME",
    "sensorbake \\- compile one settings file into DShield honeypot sensors",
    ".SH SYNOPSIS",
    ".B sensorbake",
    ".I COMMAND",
    "[\\fIOPTIONS\\fR] [\\fIARGUMENTS\\fR]",
    ".SH DESCRIPTION",
    escaped(program.description()),
    "Results go to standard output, messages to standard error.",
    "In place of a settings file, \\- reads it from standard input.",
    ".SH COMMANDS",
    ...shownCommands(program).flatMap(section),
    ".SH EXIT STATUS",
    ...exitStatus.flatMap(([code, meaning]) => entry(`.B ${code}`, `${meaning}.`)),
    ".SH ENVIRONMENT",
    ...entry(".B NO_COLOR", "If set, the output has no colour."),
    ...entry(".B XZ_OPT", "Options of xz for images that are compressed."),
    "",
  ].join("\n");
}

function section(command: Command): readonly string[] {
  const help = command.createHelp();
  const list = (items: readonly (readonly [term: string, text: string])[]) =>
    items.flatMap(([term, text]) => entry(`.B ${escaped(term)}`, text));
  return [
    `.SS ${quoted(`${command.name()} ${command.usage()}`)}`,
    escaped(`${sentence(command.description())}.`),
    ...list(
      help.visibleArguments(command).map((one) => [help.argumentTerm(one), help.argumentDescription(one)]),
    ),
    ...list(help.visibleOptions(command).map((one) => [help.optionTerm(one), help.optionDescription(one)])),
    ...notesOf(command).flatMap(noteLines),
  ];
}

// A paragraph, or examples with indented lines.
function noteLines(note: string): readonly string[] {
  const [first = "", ...rest] = note.split("\n");
  return [".PP", escaped(first), ...(rest.length > 0 ? [".nf", ...rest.map(escaped), ".fi"] : [])];
}

function entry(term: string, text: string): readonly string[] {
  return [".TP", term, escaped(sentence(text))];
}

function sentence(text: string): string {
  return `${text.slice(0, 1).toUpperCase()}${text.slice(1)}`;
}

function quoted(text: string): string {
  return `"${escaped(text).replaceAll('"', "\\(dq")}"`;
}

// A leading dot or apostrophe would be a macro, and a bare hyphen is typeset as a different character.
function escaped(text: string): string {
  const plain = text.replaceAll("\\", "\\e").replaceAll("-", "\\-");
  return /^[.']/.test(plain) ? `\\&${plain}` : plain;
}
