// Unicode's ignorable characters, and every space except U+0020. Joiners and variation selectors belong to emoji and
// to some scripts, so they count only beside ASCII.
const joiner = "(?:\\u200c|\\u200d|[\\ufe00-\\ufe0f])";
const invisible = new RegExp(
  `(?!${joiner})(?! )[\\p{Default_Ignorable_Code_Point}\\p{Zs}]|(?<![^\\0-\\x7f])${joiner}(?!\\u20e3)|(?:\\u200c|\\u200d)(?![^\\0-\\x7f])`,
  "gu",
);

/** The first invisible character of a text, as `U+200B`; `undefined` if every character is visible. */
export function invisibleIn(text: string): string | undefined {
  const found = text.match(invisible)?.[0];
  return found === undefined ? undefined : codePointName(found);
}

/** Replaces each invisible character. */
export function replaceInvisible(text: string, replace: (character: string) => string): string {
  return text.replace(invisible, replace);
}

/** `U+0085`. */
export function codePointName(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}
