/** The options of `sensorbake labels`, as commander parses them. */
export type LabelsOptions = {
  readonly sensor?: readonly string[];
  readonly output: string;
};
