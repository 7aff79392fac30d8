/** The options of `sensorbake init`, as commander parses them. */
export type InitOptions = {
  readonly yes: boolean;
  readonly sshKey?: string;
  readonly sensor?: readonly NamedSensor[];
  /** Each is the answer to the question with the same option, as typed. */
  readonly [answer: string]: unknown;
};

/** A sensor of the command line: `NAME` or `NAME=TARGET`. */
export type NamedSensor = { readonly name: string; readonly target: string | undefined };
