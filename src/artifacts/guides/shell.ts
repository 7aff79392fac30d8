/** A word of a command: a text, which is quoted as needed, or text that the shell evaluates. */
export type Word = string | Evaluated;

type Evaluated = { readonly kind: "evaluated"; readonly text: string };

/** A command of a README, to be pasted into a POSIX shell. */
export type Command = {
  readonly words: readonly Word[];
  /** The variable that keeps the command's output for the following commands. */
  readonly keep?: string;
};

/**
 * A command as a template: spaces separate its words, a value is one word or part of one, whatever it contains, and a
 * list is several words.
 */
export function command(
  texts: TemplateStringsArray,
  ...values: readonly (Word | readonly string[])[]
): Command {
  const words: Word[] = [];
  let word = "";
  const end = () => {
    if (word !== "") words.push(word);
    word = "";
  };
  for (const [index, text] of texts.entries()) {
    const [first = "", ...rest] = text.split(/\s+/);
    word += first;
    for (const next of rest) {
      end();
      word = next;
    }
    const value = values[index];
    if (typeof value === "string") word += value;
    else if (value !== undefined) {
      end();
      words.push(...[value].flat());
    }
  }
  end();
  return { words };
}

/** Text that the shell evaluates, as it is: a constant of ours, never text from settings. */
export function evaluated(text: string): Word {
  return { kind: "evaluated", text };
}

/** The value of a variable that an earlier command kept. */
export function kept(name: string): Word {
  return evaluated(`"$${name}"`);
}

/** The content of a file as one word. */
export function contentOf(file: string): Word {
  return evaluated(`"$(cat ${quote(file)})"`);
}

/** Quotes a text so that a POSIX shell reads it as one word with exactly this value. */
export function quote(text: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A command on one line, or continued on further lines before its options. */
export function shellLines({ words, keep }: Command, width = 110): readonly string[] {
  const texts = words.map((word) => (typeof word === "string" ? quote(word) : word.text));
  const [opening, closing] = keep === undefined ? ["", ""] : [`${keep}=$(`, ")"];
  const lines: string[] = [];
  let line = opening;
  for (const [index, text] of texts.entries()) {
    const joined = index === 0 ? `${line}${text}` : `${line} ${text}`;
    const isOption = text.startsWith("--");
    // An option stays with its value, which follows as a word of its own.
    const unit =
      isOption && !texts[index + 1]?.startsWith("--") ? `${joined} ${texts[index + 1] ?? ""}` : joined;
    if (isOption && index > 0 && unit.length > width) {
      lines.push(`${line} \\`);
      line = `  ${text}`;
    } else line = joined;
  }
  return [...lines, `${line}${closing}`];
}
