import { readdir } from "node:fs/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { makeKeyPair } from "../support/faulty-sftp-server.ts";
import { archive, assertHarmless, type Case, cases, casesTogether } from "../support/hostile-sftp-cases.ts";
import type { HostileServer } from "../support/hostile-sftp-server.ts";
import { needs } from "../support/needs.ts";
import { putArchive } from "../support/remote-archives.ts";
import { makeScratchRoot, type Outcome } from "../support/scratch-root.ts";

const test = suite("hostile/sftp server, transfer.sh");
const withSftp = needs("sftp", "ssh", "timeout");

type OnSensor = {
  readonly outcome: Outcome;
  readonly log: string;
  readonly last: string;
  readonly ledger: string;
  readonly files: readonly string[];
};

async function onSensor(each: Case, server: HostileServer): Promise<OnSensor> {
  const root = await makeScratchRoot({
    TRANSFER_HOST: "127.0.0.1",
    TRANSFER_PORT: String(server.port),
    TRANSFER_USER: "x",
    TRANSFER_PATH: "/",
    TRANSFER_LIMIT_KBIT: "0",
    TRANSFER_KEEP_DAYS: "7",
    CAPTURE_FILTER: "not port 12222 and not (host 127.0.0.1 and port 22)",
  });
  try {
    await root.stub("timedatectl", "echo yes");
    await root.write("etc/honeypot/known_hosts", `backup-server ${server.hostKey}\n`);
    await root.write("etc/honeypot/secrets/transfer_key", makeKeyPair().private, { mode: 0o600 });
    await putArchive(root.path("var/backups/honeypot"), archive, 100_000);
    const outcome = await root.run("opt/honeypot/scripts/transfer.sh", [], {
      environment: {
        transfer_pause_seconds: "0",
        transfer_patience_seconds: each.isSlow ? "1" : "60",
        transfer_memory_kib: "65536",
      },
      wrapper: ["env", "--chdir", root.path("tmp")],
      timeoutSeconds: 300,
    });
    return {
      outcome,
      log: await root.read("var/log/honeypot/scp_backup.log"),
      last: await root.read("var/lib/honeypot/state/transfer.last"),
      ledger: await root.read("var/lib/honeypot/state/transferred").catch(() => ""),
      files: [...(await readdir(root.path("tmp"))), ...(await readdir(root.path("var/backups/honeypot")))],
    };
  } finally {
    await root.remove();
  }
}

async function transferSurvives(each: Case, server: HostileServer): Promise<void> {
  const { outcome, log, last, ledger, files } = await onSensor(each, server);
  assert.equal([...files].sort(), [archive, `${archive}.sha256`]);
  assert.ok([0, 1].includes(outcome.code), `exit ${outcome.code}: ${outcome.stderr}`);
  assert.match(last, outcome.code === 0 ? /^\d+ ok sent [01] archives/ : /^\d+ failed \S/);
  // It may have sent the archive and fail at what comes after that.
  if (outcome.code === 0) assert.is(ledger, `${archive}\n`);
  if (each.isGood !== undefined) {
    assert.is(outcome.code, 0, outcome.stderr);
    assert.equal([...server.files.keys()].sort(), [`/${archive}`, `/${archive}.sha256`], "on the server");
  }
  for (const shown of [log, last, outcome.stderr]) assertHarmless(shown, each.name);
}

const survives = casesTogether(transferSurvives);
for (const each of cases) withSftp(test, `transfer.sh survives ${each.name}`, () => survives(each));

test.run();
