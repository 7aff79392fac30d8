import type { Escape } from "./render-template.ts";

/**
 * Escapes a value inside `KEY="..."` for bash, dash and systemd's `EnvironmentFile=`: a backslash before each of `"`,
 * `\`, `$` and the backtick. Of several tested forms, only this one is parsed alike by all three.
 */
export const escapeEnvironment: Escape = (value) => oneLine(value).replace(/["\\$`]/g, "\\$&");

/** A word in a format without quoting (cron fields, sshd's directives); throws unless it is plain. */
export const escapeWords: Escape = (value) => {
  if (!/^[A-Za-z0-9_.:,*/@ -]+$/.test(value))
    throw new Error("a value has characters that this format cannot represent");
  return value;
};

/** A whole unchanged line (public keys). */
export const escapeLine: Escape = (value) => oneLine(value);

function oneLine(value: string): string {
  for (const character of value) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x20 || code === 0x7f) throw new Error("a value has a control character");
  }
  return value;
}
