/**
 * The quotes around a text that word processors and chats insert instead of `"` and `'`, as `“ and ”`. YAML treats
 * them as letters. `undefined` if the text does not begin and end with them.
 */
export function typographicQuotes(text: string): string | undefined {
  const [, first, last] = /^([“”„‟«»‘’‚‛‹›]).*([“”„‟«»‘’‚‛‹›])$/u.exec(text) ?? [];
  return first === undefined || last === undefined ? undefined : `${first} and ${last}`;
}
