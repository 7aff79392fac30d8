import type { Duplex } from "node:stream";
import type { Certificate } from "./certificate.ts";
import type { Recorder, StandIn } from "./stand-in.ts";
import { tlsStream } from "./tls-stream.ts";

/**
 * A Logstash for Filebeat (the Lumberjack protocol, version 2). It acknowledges each window of events, without reading
 * them, and counts connections and bytes.
 */
export function siemStandIn(
  {
    names,
    port,
    certificate,
  }: {
    readonly names: readonly string[];
    readonly port: number;
    readonly certificate: Certificate | undefined;
  },
  { record }: Recorder,
): StandIn {
  const streamOf = tlsStream(certificate);
  return {
    kind: "SIEM",
    names,
    port,
    serve: (socket) => {
      acknowledge(streamOf(socket), (events, bytes) => {
        record({
          kind: "SIEM",
          to: `${names[0]}:${port}`,
          what: "events",
          name: `${events} events`,
          bytes,
          text: "",
        });
      });
    },
  };
}

const frameAtMost = 8 << 20;

/** Reads frames: `2W` (window size), `2C` (compressed frames), `2J` (one event). After each window, it acknowledges it. */
function acknowledge(stream: Duplex, onWindow: (events: number, bytes: number) => void): void {
  let buffer = Buffer.alloc(0);
  let events = 0;
  stream.on("end", () => stream.end());
  stream.on("data", (chunk: Buffer) => {
    buffer = Buffer.concat([buffer, chunk]);
    for (;;) {
      if (buffer.length < 6) return;
      const kind = buffer.toString("latin1", 0, 2);
      if (kind === "2W") {
        events = buffer.readUInt32BE(2);
        buffer = buffer.subarray(6);
        continue;
      }
      const header = kind === "2J" ? 10 : 6;
      if ((kind !== "2C" && kind !== "2J") || buffer.length < header) {
        if (kind !== "2J") stream.destroy();
        return;
      }
      const length = buffer.readUInt32BE(header - 4);
      if (length > frameAtMost) return void stream.destroy();
      if (buffer.length < header + length) return;
      const sequence = kind === "2J" ? buffer.readUInt32BE(2) : events;
      buffer = buffer.subarray(header + length);
      if (kind === "2J" && sequence < events) continue;
      onWindow(events, header + length);
      const reply = Buffer.from("2A\0\0\0\0", "latin1");
      reply.writeUInt32BE(sequence, 2);
      stream.write(reply);
    }
  });
}
