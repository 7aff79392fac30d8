/**
 * Text that is safe to show: control characters, line separators, lone surrogates and the marks that turn the
 * direction of writing become `\u{...}`, so that a file cannot speak to the terminal through a message.
 */
export function visible(text: string): string {
  return text.replace(
    /[\p{Cc}\p{Cs}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
}

/** A value in double quotes for a message, cut after 60 characters. */
export function quoted(text: string): string {
  const characters = [...text.slice(0, 200)];
  const cut = characters.length > 60 || text.length > 200;
  return `"${visible(characters.slice(0, 60).join(""))}${cut ? "..." : ""}"`;
}
