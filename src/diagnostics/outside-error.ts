/** A failure outside sensorbake (disk, network, a service): one line and a hint, exit code 3. */
export class OutsideError extends Error {
  override readonly name = "OutsideError";
  readonly hint: string | undefined;
  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}
