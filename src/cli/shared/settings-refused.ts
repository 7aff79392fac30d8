/** Ends a command whose settings have errors; what is wrong has been reported already. */
export class SettingsRefused extends Error {
  override readonly name = "SettingsRefused";
  readonly exit: number;
  constructor(exit: number) {
    super("the settings have errors");
    this.exit = exit;
  }
}
