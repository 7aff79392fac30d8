/** Stops a command whose settings have errors that were already reported. */
export class SettingsRefused extends Error {
  override readonly name = "SettingsRefused";
  readonly exit: number;
  constructor(exit: number) {
    super("the settings have errors");
    this.exit = exit;
  }
}
