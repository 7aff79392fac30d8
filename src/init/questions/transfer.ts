import type { TransferAnswers } from "../answers.ts";
import { always, hostAndPort, none, type Question, taken } from "../question.ts";

// Placeholder until the server is known.
const anyServer = {
  host: "backups.example.org",
  port: 22,
  user: "sensor-{sensor}",
  path: "/archives",
  hostKey: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEClcDqgb0CSq0iKnZyXIBdCRuGIEnwclPkFlSQUDscy",
  privateKey: undefined,
} as const satisfies TransferAnswers;

/** The questions about the backup server. */
export const transferQuestions: readonly Question[] = [
  {
    option: "transfer-host",
    isAsked: always,
    about: () =>
      `Each sensor can send its backups to an SFTP server of yours, for example a NAS. docs/transfer.md describes how to set up a login there that cannot delete archives. Without a server, \`sensorbake collect\` fetches them over SSH.`,
    prompt: "Backup server, HOST or HOST:PORT, or - for none",
    preset: () => none,
    take: (text, answers) => {
      if (text === none) return taken({ ...answers, transfer: undefined });
      return taken({
        ...answers,
        transfer: { ...anyServer, ...answers.transfer, ...hostAndPort(text, anyServer.port) },
      });
    },
  },
  about(
    "transfer-user",
    "Login on the backup server; {sensor} becomes the sensor's name",
    ({ user }) => user,
    (user) => ({ user }),
  ),
  about(
    "transfer-path",
    "Folder for the archives there",
    ({ path }) => path,
    (path) => ({ path }),
  ),
  {
    ...about(
      "host-key",
      "Host key of the backup server",
      ({ hostKey }) => (hostKey === anyServer.hostKey ? "fetch" : hostKey),
      (hostKey) => ({ hostKey }),
    ),
    about: () =>
      "The sensors refuse any server with another host key. Its owner finds it in /etc/ssh/ssh_host_ed25519_key.pub.",
    offer: "fetch",
    offered: ({ transfer }) =>
      `The word fetch connects to ${transfer?.host ?? ""} now and shows the key that answers.`,
  },
  {
    ...about(
      "transfer-key",
      "The sensors' key: sensor, or a file",
      ({ privateKey }) => privateKey ?? "sensor",
      (text) => ({ privateKey: text === "sensor" ? undefined : text }),
    ),
    about: () =>
      `With sensor, each sensor generates its own key at its first boot, and honeypot-status prints the public key for the server. With a file, all sensors use the key in it; init generates the file if it does not exist.`,
  },
];

function about(
  option: string,
  prompt: string,
  preset: (transfer: TransferAnswers) => string,
  change: (text: string) => Partial<TransferAnswers>,
): Question {
  return {
    option,
    isAsked: ({ transfer }) => transfer !== undefined,
    prompt,
    preset: ({ transfer }) => preset(transfer ?? anyServer),
    take: (text, answers) =>
      taken({ ...answers, transfer: { ...anyServer, ...answers.transfer, ...change(text) } }),
  };
}
