import { connect } from "node:net";
import { createInterface } from "node:readline";

/** Sends QEMU one command of its machine protocol over a Unix socket; rejects with QEMU's message. */
export async function monitor(socket: string, command: string, args: object): Promise<void> {
  const connection = connect(socket);
  const lines = createInterface(connection)[Symbol.asyncIterator]();
  const next = async (): Promise<Reply> => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new Error(`QEMU hung up at ${command}`);
      const reply = JSON.parse(value) as Reply; // as documented in QEMU's qmp-spec
      if (reply.event === undefined) return reply;
    }
  };
  try {
    await next();
    for (const request of [{ execute: "qmp_capabilities" }, { execute: command, arguments: args }]) {
      connection.write(`${JSON.stringify(request)}\n`);
      const { error } = await next();
      if (error !== undefined) throw new Error(`QEMU, ${command}: ${error.desc}`);
    }
  } finally {
    connection.destroy();
  }
}

type Reply = { readonly event?: string; readonly error?: { readonly desc: string } };
