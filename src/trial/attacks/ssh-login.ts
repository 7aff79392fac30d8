import ssh2 from "ssh2";

/** An account that an attack tries. */
export type Account = { readonly user: string; readonly password: string };

/** Tries a password at an SSH server of this machine, three times. Returns the outcome in words. */
export async function sshLogin(port: number, account: Account, signal: AbortSignal): Promise<string> {
  for (let tries = 1; ; tries++) {
    const { outcome, isRefused } = await once(port, account, signal);
    if (!isRefused || tries === 3) return outcome;
  }
}

type Outcome = { readonly outcome: string; readonly isRefused: boolean };

function once(port: number, { user, password }: Account, signal: AbortSignal): Promise<Outcome> {
  const client = new ssh2.Client();
  let banner = "";
  const server = () => (banner === "" ? "the server" : banner);
  return new Promise((resolve) => {
    const end = (outcome: string, isRefused = false) => {
      signal.removeEventListener("abort", abort);
      client.destroy();
      resolve({ outcome, isRefused });
    };
    const abort = () => end("stopped");
    signal.addEventListener("abort", abort);
    client
      .on("greeting", (text) => {
        banner ||= text;
      })
      .on("ready", () => end(`${server()} accepts the password`))
      .on("error", (error) =>
        error.level === "client-authentication"
          ? end(`${server()} refuses the password`, true)
          : end(`no SSH server answers: ${error.message}`),
      )
      .on("close", () => end("the connection was closed without an answer"))
      .connect({
        host: "127.0.0.1",
        port,
        username: user,
        password,
        // A honeypot logs it even if the dialogue ends before the login.
        ident: `OpenSSH_9.2p1 ${user}`,
        readyTimeout: 30_000,
        // Honeypots offer old ones.
        algorithms: { serverHostKey: { append: ["ssh-rsa", "ssh-dss"], prepend: [], remove: [] } },
      });
  });
}
