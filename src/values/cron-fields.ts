/** The five fields of a crontab line, in order, with the words that may replace a single number. */
export const cronFields = [
  { name: "minute", minimum: 0, maximum: 59, words: [] },
  { name: "hour", minimum: 0, maximum: 23, words: [] },
  { name: "day of the month", minimum: 1, maximum: 31, words: [] },
  {
    name: "month",
    minimum: 1,
    maximum: 12,
    words: "jan feb mar apr may jun jul aug sep oct nov dec".split(" "),
  },
  { name: "day of the week", minimum: 0, maximum: 7, words: "sun mon tue wed thu fri sat".split(" ") },
] as const;

export type CronField = (typeof cronFields)[number];

/** The numbers that a well-formed field matches, ascending. Sunday is 0, also if written as 7. */
export function numbersOf(text: string, field: CronField): readonly number[] {
  const { minimum, maximum } = field;
  const words: readonly string[] = field.words;
  const word = words.indexOf(text.toLowerCase());
  if (word !== -1) return [word + minimum];
  const numbers = new Set<number>();
  for (const item of text.split(",")) {
    const [, first, last = first, step = "1"] = /^(?:\*|(\d+)(?:-(\d+))?)(?:\/(\d+))?$/.exec(item) ?? [];
    // `*` in the day of the week is 0-7 to cron, and a step counts from 0.
    const [from, to] = first === undefined ? [minimum, maximum] : [Number(first), Number(last)];
    for (let number = from; number <= to; number += Number(step))
      numbers.add(maximum === 7 ? number % 7 : number);
  }
  return [...numbers].sort((a, b) => a - b);
}
