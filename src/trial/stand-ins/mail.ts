import type { Duplex } from "node:stream";
import type { Certificate } from "./certificate.ts";
import type { Recorder, StandIn } from "./stand-in.ts";
import { tlsStream } from "./tls-stream.ts";

const messageAtMost = 1 << 20;

export type MailOptions = {
  readonly names: readonly string[];
  readonly port: number;
  readonly tls: "starttls" | "implicit";
  readonly certificate: Certificate;
};

/** An SMTP server that accepts every login and message, over TLS only. */
export function mailStandIn({ names, port, tls, certificate }: MailOptions, recorder: Recorder): StandIn {
  const secure = tlsStream(certificate);
  const to = `${names[0]}:${port}`;
  return {
    kind: "mail server",
    names,
    port,
    serve: (socket) => {
      socket.on("error", () => {});
      if (tls === "implicit") converse(secure(socket), to, recorder, undefined, true);
      else converse(socket, to, recorder, () => secure(socket), true);
    },
  };
}

/** `upgrade`: offered as STARTTLS, before which no message is accepted. */
function converse(
  stream: Duplex,
  to: string,
  recorder: Recorder,
  upgrade: (() => Duplex) | undefined,
  greets: boolean,
): void {
  let buffer = "";
  let recipients: string[] = [];
  let message: string | undefined;
  let logins = 0;
  const say = (line: string) => stream.write(`${line}\r\n`);
  const onData = (chunk: Buffer) => {
    buffer += chunk.toString("latin1");
    if (buffer.length > messageAtMost) return void stream.destroy();
    for (let end = buffer.indexOf("\r\n"); end !== -1; end = buffer.indexOf("\r\n")) {
      const line = buffer.slice(0, end);
      buffer = buffer.slice(end + 2);
      onLine(line);
    }
  };
  const onLine = (line: string) => {
    if (message !== undefined) {
      if (line !== ".") {
        if (message.length < messageAtMost) message += `${line.replace(/^\./, "")}\n`;
        return;
      }
      const name = recipients.join(", ");
      const text = message;
      recorder.record({ kind: "mail server", to, what: "message", name, bytes: text.length, text });
      message = undefined;
      recipients = [];
      return void say("250 accepted");
    }
    if (logins > 0) {
      logins -= 1;
      return void say(logins > 0 ? "334 UGFzc3dvcmQ6" : "235 accepted");
    }
    const [verb = ""] = line.toUpperCase().split(" ");
    if (verb === "EHLO") {
      say("250-stand-in");
      return void say(upgrade === undefined ? "250 AUTH PLAIN LOGIN" : "250 STARTTLS");
    }
    if (verb === "STARTTLS" && upgrade !== undefined) {
      say("220 go ahead");
      stream.off("data", onData);
      // Sent before the handshake, it is not protected.
      buffer = "";
      return converse(upgrade(), to, recorder, undefined, false);
    }
    if (verb === "QUIT") return void stream.end("221 bye\r\n");
    if (verb === "NOOP" || verb === "RSET") return void say("250 ok");
    if (upgrade !== undefined) return void say("530 STARTTLS first");
    if (verb === "AUTH") {
      const [, method = "", initial] = line.split(" ");
      if (method.toUpperCase() === "PLAIN" && initial !== undefined) return void say("235 accepted");
      logins = method.toUpperCase() === "LOGIN" ? (initial === undefined ? 2 : 1) : 1;
      return void say("334 ");
    }
    if (verb === "MAIL") return void say("250 ok");
    if (verb === "RCPT") {
      if (recipients.length < 100) recipients.push(line.replace(/^.*<|>.*$/g, "").slice(0, 254));
      return void say("250 ok");
    }
    if (verb === "DATA") {
      message = "";
      return void say("354 go ahead");
    }
    say("502 not supported");
  };
  stream.on("end", () => stream.end());
  stream.on("data", onData);
  if (greets) say("220 stand-in");
}
