import ssh2 from "ssh2";
import type { Finding } from "./ask.ts";

/** Asks the sensor's sshd, at a port of this machine, how an account can log in. Only a key may be offered. */
export function loginMethods(port: number, user: string): Promise<Finding> {
  const client = new ssh2.Client();
  return new Promise((resolve) => {
    let offered: readonly string[] | undefined;
    const end = (finding: Finding) => {
      client.destroy();
      resolve(finding);
    };
    client
      .on("ready", () => end({ observed: false, evidence: "sshd lets a visitor in without a key" }))
      .on("error", (error) => {
        if (offered === undefined)
          end({ observed: false, evidence: `no sshd answers: ${error.level ?? "closed"}` });
        else {
          const methods = offered
            .join(", ")
            .replace(/[^a-z, -]/g, "?")
            .slice(0, 200);
          end({ observed: methods === "publickey", evidence: `sshd offers: ${methods}` });
        }
      })
      .on("close", () => end({ observed: false, evidence: "sshd closed the connection" }))
      .connect({
        host: "127.0.0.1",
        port,
        username: user,
        readyTimeout: 30_000,
        // The first answer to a login without anything names the methods.
        authHandler: (methods, _, next) => {
          if (methods === null) return next({ type: "none", username: user });
          offered = methods;
          next(false as never);
        },
      });
  });
}
