import type { Duplex } from "node:stream";

/** The servers outside the sensor for which a trial has stand-ins. */
export type ServerKind = "backup server" | "git server" | "web server" | "mail server" | "SIEM";

/** Answers in place of a server outside the sensor. */
export type StandIn = {
  readonly kind: ServerKind;
  /** Host names and addresses that the sensor's settings and programs use for the server. */
  readonly names: readonly string[];
  readonly port: number;
  /** Serves one connection that the sensor opened. */
  readonly serve: (socket: Duplex) => void;
};

/** Something that the sensor would have sent to a server outside. */
export type Sent = {
  readonly kind: ServerKind;
  /** `HOST:PORT`, as the sensor sees it, or the setting whose secret URL names the server. */
  readonly to: string;
  /** What it is, without secrets: "archive", "POST". */
  readonly what: string;
  /** The path of a request, the name of a file, or a recipient. It may contain a token. */
  readonly name: string;
  readonly bytes: number;
  /** The beginning of the text, or an empty string. */
  readonly text: string;
};

/** Keeps what was sent, up to a limit. */
export type Recorder = {
  readonly record: (sent: Sent) => void;
  readonly sent: () => readonly Sent[];
  /** How many entries the limit has left out. */
  readonly dropped: () => number;
};

const sentAtMost = 1000;
const textAtMost = 2000;

/** A recorder with a bounded size. */
export function recorder(): Recorder {
  const kept: Sent[] = [];
  let dropped = 0;
  return {
    sent: () => kept,
    dropped: () => dropped,
    record: (sent) => {
      if (kept.length >= sentAtMost) dropped += 1;
      else kept.push({ ...sent, name: sent.name.slice(0, 500), text: sent.text.slice(0, textAtMost) });
    },
  };
}

/** Only what arrives from now on; archives also from before, because a sensor sends none twice. */
export function sentFromNow(sent: () => readonly Sent[]): () => readonly Sent[] {
  const before = sent().length;
  return () => sent().filter(({ kind }, index) => index >= before || kind === "backup server");
}
