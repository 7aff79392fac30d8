/** The kinds of attacks, in the order in which a trial makes them. */
export const attackIds = ["ssh-login", "telnet-login", "web-request", "port-scan"] as const;

export type AttackId = (typeof attackIds)[number];

/** An attack that was made. */
export type Attack = {
  readonly id: AttackId;
  /** In words: "SSH login on port 22 as visitor-1f0c". */
  readonly what: string;
  /** A random word that the sensor's logs must contain; `undefined` for a scan, which sends no text. */
  readonly marker: string | undefined;
  /** The ports of the sensor that it went to. */
  readonly ports: readonly number[];
  /** The answer, as printable text. */
  readonly outcome: string;
  readonly seconds: number;
};
