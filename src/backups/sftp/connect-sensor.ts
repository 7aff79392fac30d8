import { SFTP } from "ssh2/lib/protocol/SFTP.js";
import type { Wrapper } from "ssh2-sftp-client";
import { OutsideError } from "../../diagnostics/outside-error.ts";
import { visible } from "../../diagnostics/visible.ts";
import {
  byHand,
  type Destination,
  type SshEnd,
  type SshProcess,
  sshFailed,
  sshFailure,
  startSsh,
} from "../../machines/ssh.ts";
import { ConnectionFailure, type Stage } from "./failure.ts";
import { operations } from "./operations.ts";
import { readInPlace } from "./read-in-place.ts";
import { type Remote, sensorHints } from "./remote.ts";
import { type Patience, serverName, patience as usualPatience } from "./server.ts";

/** Debian's SFTP server, which sshd depends on. Only root may read the archives; `-R` allows no change. */
const sftpServer = ["sudo", "-n", "/usr/lib/openssh/sftp-server", "-R"];

/**
 * Connects to a sensor through the user's OpenSSH client, and speaks SFTP with a program that root runs there. The sensor
 * may be compromised: its replies have the same limits as those of a hostile server. Rejects with a `ConnectionFailure`;
 * if `signal` aborts, the connection closes and running operations reject.
 */
export async function connectSensor(
  to: Destination,
  signal: AbortSignal,
  patience: Patience = usualPatience,
): Promise<Remote> {
  signal.throwIfAborted();
  const name = serverName({ host: to.address, port: to.port });
  const ssh = startSsh(to, sftpServer, { isBatch: true, connectSeconds: patience.connectSeconds });
  signal.addEventListener("abort", ssh.kill);
  let isOpen = false;
  let lost: Error | undefined;
  const lose = (error: Error) => {
    lost ??= error;
    ssh.kill();
  };
  const isClosed = ssh.ended.then(
    (result) => (lost ??= endOf(to, name, result, isOpen)),
    (error: Error) => (lost ??= error),
  );
  const { sftp, isReady } = openSftp(ssh, (message) =>
    lose(
      new ConnectionFailure(
        "sftp",
        `the reply of ${name} is not SFTP: ${visible(message)}`,
        `this command must print nothing: ${byHand(to)} true`,
      ),
    ),
  );
  const late = setTimeout(
    () =>
      lose(
        new ConnectionFailure(
          "connect",
          `${name} did not respond within ${patience.connectSeconds} s`,
          `try it by hand: ${byHand(to)}`,
        ),
      ),
    patience.connectSeconds * 1000,
  );
  try {
    const failure = await Promise.race([isReady, isClosed]);
    signal.throwIfAborted();
    if (failure !== undefined) throw failure;
    isOpen = true;
  } catch (error) {
    signal.removeEventListener("abort", ssh.kill);
    throw error;
  } finally {
    clearTimeout(late);
  }
  const failure = (error: unknown) =>
    lost ??
    (error instanceof OutsideError
      ? error
      : new ConnectionFailure("connect", `the connection to ${name} failed: ${visible(String(error))}`));
  const line = { name, hints: sensorHints, isClosed, cut: ssh.kill, failure, signal, patience };
  return {
    ...operations(sftp, line),
    name,
    url: `ssh://${name}`,
    hints: sensorHints,
    close: async () => {
      signal.removeEventListener("abort", ssh.kill);
      const late = setTimeout(ssh.kill, 5000);
      ssh.stdin.end();
      await isClosed;
      clearTimeout(late);
    },
  };
}

// `fail` is called for data that is not SFTP.
function openSftp(
  { stdin, stdout, kill }: SshProcess,
  fail: (message: string) => void,
): { readonly sftp: Wrapper; readonly isReady: Promise<undefined> } {
  const protocol = {
    _remoteIdentRaw: "SSH-2.0-OpenSSH",
    channelData: (_: number, data: Buffer) => void stdin.write(data),
    channelClose: kill,
  };
  const endless = { window: Number.POSITIVE_INFINITY, packetSize: Number.POSITIVE_INFINITY };
  const outgoing = { id: 0, state: "open", ...endless };
  const sftp = new SFTP({ _protocol: protocol }, { type: "session", incoming: {}, outgoing }, {});
  const isReady = new Promise<undefined>((resolve) => sftp.on("ready", () => resolve(undefined)));
  sftp.on("error", ({ message }) => fail(message));
  readInPlace(sftp);
  stdout.on("data", (data: Buffer) => {
    try {
      sftp.push(data);
    } catch (error) {
      // ssh2 throws for unexpected data, e.g. a length of more than 2^31.
      fail(String(error));
    }
  });
  sftp._init();
  return { sftp, isReady };
}

// ssh's exit code says whether ssh itself failed, or the program on the sensor.
function endOf(to: Destination, name: string, result: SshEnd, wasOpen: boolean): ConnectionFailure {
  const { message, hint } = sshFailure(to, result);
  const stage = stageOf(result.stderr);
  if (wasOpen)
    return new ConnectionFailure(
      "connect",
      `${name} closed the connection: ${visible(message)}`,
      "run the command again; it resumes",
    );
  if (result.code === sshFailed)
    return new ConnectionFailure(
      stage,
      visible(message),
      stage === "login"
        ? `ssh must log in without a question, e.g. with an ssh-agent: ${byHand(to, "-o BatchMode=yes")}`
        : hint,
    );
  return new ConnectionFailure(
    "sftp",
    `${name} accepts the login of ${to.user}, but starts no SFTP server: ${visible(message)}`,
    `sudo must start it without a password: ${byHand(to)} ${sftpServer.slice(0, 2).join(" ")} true`,
  );
}

function stageOf(stderr: string): Stage {
  if (stderr.includes("Could not resolve")) return "resolve";
  if (/Host key verification failed|IDENTIFICATION HAS CHANGED/.test(stderr)) return "host-key";
  return /Permission denied|authentication failures/.test(stderr) ? "login" : "connect";
}
