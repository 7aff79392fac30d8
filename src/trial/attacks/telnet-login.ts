import { connect } from "node:net";
import type { Account } from "./ssh-login.ts";

/** Tries a password at a telnet server of this machine. Returns the outcome in words. */
export function telnetLogin(port: number, { user, password }: Account, signal: AbortSignal): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port });
    // In the order of the dialogue; the last answer shows whether the login was accepted.
    const answers = [
      { to: /(login|username): ?$/i, says: user },
      { to: /password: ?$/i, says: password },
    ];
    let said = "";
    let all = "";
    const end = (outcome: string) => {
      signal.removeEventListener("abort", abort);
      clearTimeout(late);
      socket.destroy();
      resolve(outcome);
    };
    const abort = () => end("stopped");
    const late = setTimeout(() => end(summary("no more answer")), 20_000);
    const summary = (ending: string) =>
      all === "" ? `no telnet server answers: ${ending}` : `${ending} after: ${all.slice(-150)}`;
    signal.addEventListener("abort", abort);
    socket
      .on("error", (error) => end(summary(error.message)))
      .on("close", () => end(summary("the connection was closed")))
      .on("data", (bytes) => {
        // Commands of the protocol: IAC, a verb and an option.
        const text = bytes.toString("latin1").replace(/\xff[\xfb-\xfe][\s\S]/g, "");
        said = (said + text).slice(-1000);
        all = (all + text).slice(-1000);
        const [next] = answers;
        if (next === undefined) {
          if (said.trim() !== "")
            end(
              /incorrect|fail|denied|login: ?$/i.test(said) ? "refuses the password" : "accepts the password",
            );
        } else if (next.to.test(said.trimEnd())) {
          answers.shift();
          said = "";
          socket.write(`${next.says}\r\n`);
        }
      });
  });
}
