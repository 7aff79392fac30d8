import type { Escape } from "./render-template.ts";

/**
 * Inside `KEY="..."` of a file that bash, dash and systemd's `EnvironmentFile=` read alike: a backslash
 * before each of `"`, `\`, `$` and the backtick. It is the one form of several tried that all three agree on.
 */
export const escapeEnvironment: Escape = (value) => oneLine(value).replace(/["\\$`]/g, "\\$&");

/** A word of a file whose reader knows no quoting (cron fields, sshd's directives): refused unless it is plain. */
export const escapeWords: Escape = (value) => {
  if (!/^[A-Za-z0-9_.:,*/@ -]+$/.test(value))
    throw new Error("a value has characters that this format cannot carry");
  return value;
};

/** A whole line, carried as it is (public keys). */
export const escapeLine: Escape = (value) => oneLine(value);

function oneLine(value: string): string {
  for (const character of value) {
    const code = character.codePointAt(0) ?? 0;
    if (code < 0x20 || code === 0x7f) throw new Error("a value has a control character");
  }
  return value;
}
