/**
 * The quotes around a text that word processors and chats put in the place of `"` and `'`, as `“ and ”`. YAML takes
 * them for letters. `undefined` where the text does not begin and end with them.
 */
export function typographicQuotes(text: string): string | undefined {
  const [, first, last] = /^([“”„‟«»‘’‚‛‹›]).*([“”„‟«»‘’‚‛‹›])$/u.exec(text) ?? [];
  return first === undefined || last === undefined ? undefined : `${first} and ${last}`;
}
