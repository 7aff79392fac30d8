import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { freePort } from "../../src/emulation/free-port.ts";
import { waitFor } from "../../src/emulation/wait-for.ts";

export type GitServer = {
  readonly port: number;
  /** `git://127.0.0.1:PORT/`, ahead of a repository's name. */
  readonly url: string;
  readonly stop: () => Promise<void>;
};

/** Serves the repositories of a folder on the loopback, which a guest of QEMU reaches as 10.0.2.2. */
export async function startGitServer(folder: string): Promise<GitServer> {
  const port = await freePort();
  const words = ["daemon", "--export-all", `--base-path=${folder}`, "--listen=127.0.0.1", `--port=${port}`];
  // Repositories that belong to another user than the server's are refused otherwise.
  const environment = {
    ...process.env,
    GIT_CONFIG_COUNT: "1",
    GIT_CONFIG_KEY_0: "safe.directory",
    GIT_CONFIG_VALUE_0: "*",
  };
  const child = spawn("git", [...words, folder], { stdio: "ignore", env: environment, detached: true });
  await waitFor("the git server", () => answers(port), 60);
  return {
    port,
    url: `git://127.0.0.1:${port}/`,
    stop: async () => {
      const exit = once(child, "exit");
      // git starts another process for its daemon, in the same group.
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
      await exit;
    },
  };
}

function answers(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  return new Promise((resolve) => {
    socket.on("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
