import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { createInterface } from "node:readline";

export type Mail = {
  readonly helo: string;
  readonly tls: boolean;
  readonly from: string;
  readonly to: readonly string[];
  readonly text: string;
};

export type SmtpServer = {
  readonly port: number;
  /** The mails so far. */
  readonly mails: readonly Mail[];
  readonly stop: () => Promise<void>;
};

/** The requirements of {@link startSmtpServer}, for `needs(...)`. */
export const smtpTools = ["/usr/bin/python3", "openssl"] as const;

/** Debian's aiosmtpd on this machine, with TLS and the login `alerts` `correct horse`. */
export async function startSmtpServer(
  certificate: { readonly certFile: string; readonly keyFile: string },
  tls: "starttls" | "implicit" | "none",
): Promise<SmtpServer> {
  const program = resolve("test/support/smtp-server.py");
  const words = [
    "-W",
    "ignore",
    program,
    certificate.certFile,
    certificate.keyFile,
    tls,
    "alerts",
    "correct horse",
  ];
  const child = spawn("/usr/bin/python3", words, { stdio: ["ignore", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout });
  const [port] = await once(lines, "line");
  const mails: Mail[] = [];
  lines.on("line", (line) => mails.push(JSON.parse(line)));
  return {
    port: Number(port),
    mails,
    stop: async () => {
      const exit = once(child, "exit");
      child.kill("SIGKILL");
      await exit;
    },
  };
}
