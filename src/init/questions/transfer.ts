import { nearest } from "../../diagnostics/nearest.ts";
import type { TransferAnswers } from "../answers.ts";
import { always, hostAndPort, none, type Question, refused, serverText, taken } from "../question.ts";

/** The answers about a new backup server. */
export const newServer = {
  host: "",
  port: 22,
  user: "sensor-{sensor}",
  path: "/archives",
  hostKey: undefined,
  privateKey: "sensor",
} as const satisfies TransferAnswers;

const keyQuestion = about(
  "transfer-key",
  "The sensors' key: sensor, or a file",
  ({ privateKey }) => privateKey,
  (privateKey) => ({ privateKey }),
);

/** The questions about the backup server. */
export const transferQuestions: readonly Question[] = [
  {
    option: "transfer-host",
    isAsked: always,
    about: () =>
      `Each sensor can send its backups to an SFTP server of yours, for example a NAS. docs/transfer.md describes how to set up a login there that cannot delete archives. Without a server, \`sensorbake collect\` fetches them over SSH.`,
    prompt: "Backup server, HOST or HOST:PORT, or - for none",
    answer: ({ transfer }) => (transfer === undefined ? none : serverText(transfer, newServer.port)),
    take: (text, answers) => {
      if (text === none) return taken({ ...answers, transfer: undefined });
      return taken({
        ...answers,
        transfer: { ...newServer, ...answers.transfer, ...hostAndPort(text, newServer.port) },
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
      ({ hostKey }) => hostKey,
      (hostKey) => ({ hostKey }),
    ),
    suggestion: ({ transfer }) => transfer?.hostKey ?? "fetch",
    about: () =>
      "The sensors refuse any server with another host key. Its owner finds it in /etc/ssh/ssh_host_ed25519_key.pub.",
    offer: "fetch",
    offered: ({ transfer }) =>
      `The word fetch connects to ${transfer?.host ?? ""} now and shows the key that answers.`,
  },
  {
    ...keyQuestion,
    take: (text, answers) =>
      // init would generate a file with this name, and all sensors would share its key.
      nearest(text, ["sensor"]) === undefined || text === "sensor"
        ? keyQuestion.take(text, answers)
        : refused(`write sensor, or ./${text} for a file of this name`),
    about: () =>
      `With sensor, each sensor generates its own key at its first boot, and honeypot-status prints the public key for the server. With a file, all sensors use the key in it; init generates the file if it does not exist.`,
  },
];

function about(
  option: string,
  prompt: string,
  answer: (transfer: TransferAnswers) => string | undefined,
  change: (text: string) => Partial<TransferAnswers>,
): Question {
  return {
    option,
    isAsked: ({ transfer }) => transfer !== undefined,
    prompt,
    answer: ({ transfer }) => answer(transfer ?? newServer),
    take: (text, answers) =>
      taken({ ...answers, transfer: { ...newServer, ...answers.transfer, ...change(text) } }),
  };
}
