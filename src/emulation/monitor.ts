import { connect } from "node:net";
import { createInterface } from "node:readline";
import { OutsideError } from "../diagnostics/outside-error.ts";

/** Sends QEMU one command of its machine protocol (QMP) over a Unix socket, and returns the reply's value. Throws QEMU's message. */
export async function monitor(socket: string, command: string, args: object): Promise<unknown> {
  const connection = connect(socket);
  const lines = createInterface(connection)[Symbol.asyncIterator]();
  const next = async (): Promise<Reply> => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new OutsideError(`QEMU ended during ${command}`);
      const reply = JSON.parse(value) as Reply; // as documented in QEMU's qmp-spec
      if (reply.event === undefined) return reply;
    }
  };
  let returned: unknown;
  try {
    await next();
    for (const request of [{ execute: "qmp_capabilities" }, { execute: command, arguments: args }]) {
      connection.write(`${JSON.stringify(request)}\n`);
      const { error, return: value } = await next();
      if (error !== undefined) throw new OutsideError(`QEMU refuses ${command}: ${error.desc}`);
      returned = value;
    }
    return returned;
  } finally {
    connection.destroy();
  }
}

type Reply = {
  readonly event?: string;
  readonly error?: { readonly desc: string };
  readonly return?: unknown;
};
