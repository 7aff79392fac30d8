import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { packageRoot } from "../../src/load/read-release.ts";
import { withMachine } from "../support/admin-machine.ts";
import { type Machine, machineTools } from "../support/machine.ts";
import { motoServer, startMoto } from "../support/moto.ts";
import { needs } from "../support/needs.ts";
import { putOnMachine, reachMachine } from "../support/reach-machine.ts";
import { sensorbake } from "../support/sensorbake.ts";

// Runs the example of docs/ec2.md. moto has the instances; one machine with a real sshd and sudo stands in for each: ssh
// goes there whatever the address.

const test = suite("cli/ec2-example");
const testOnInstances = needs("root", ...machineTools, "sshd", "ssh", "sudo", motoServer);
const sensors = ["fra-1", "fra-2", "nyc-1"];

async function exampleCommands(): Promise<readonly (readonly string[])[]> {
  const page = await readFile(join(packageRoot(), "docs/ec2.md"), "utf8");
  const block = /^```sh test\/cli\/ec2-example\.test\.ts\n(.*?)^```$/ms.exec(page)?.[1] ?? "";
  return block
    .trim()
    .split("\n")
    .map((line) => {
      const [npx, program, ...words] = line.replace(/\s+#.*/, "").split(/\s+/);
      assert.equal([npx, program], ["npx", "sensorbake"]);
      const asks = ["launch", "destroy"].includes(words[0] ?? "") && !words.includes("--dry-run");
      return asks ? [...words, "--yes"] : words;
    });
}

// One machine answers for every sensor: the address that ssh was given tells which.
const client = `#!/bin/sh
for word; do if [ "$previous" = -- ]; then address=$word; fi; previous=$word; done
case "$*" in *honeypot-status*) set -- "$@" "$address" ;; esac
exec "\${0%/*}/ssh-in-machine" "$@"
`;
const healthy = `#!/bin/sh
printf '{"schema":1,"sensor":"%s","healthy":true,"facts":{},"checks":[]}\n' "$(cat "/sensors/$2")"
`;

async function answerAs(machine: Machine, table: string): Promise<void> {
  const rows = [...table.matchAll(/^(\S+) +([\d.]+) +delivered/gm)];
  assert.equal(rows.map(([, sensor]) => sensor).sort(), sensors);
  for (const [, sensor = "", address = ""] of rows) await machine.write(`/sensors/${address}`, sensor);
}

const archiveOf = (sensor: string, date: string) => `${sensor}_logs_${date}_03-00-00.zip`;

testOnInstances(test, "the example of docs/ec2.md runs from launch to destroy", () =>
  withMachine(async (machine) => {
    const moto = await startMoto();
    const folder = await mkdtemp(join(tmpdir(), "sensorbake-example-"));
    try {
      const date = new Date().toISOString().slice(0, 10);
      const path = await reachMachine(machine, folder);
      await machine.write("/opt/honeypot/scripts/receive.sh", "#!/bin/sh\ncat >/dev/null\n", "0700");
      await machine.write("/usr/local/bin/honeypot-status", healthy, "0755");
      await rename(join(folder, "bin/ssh"), join(folder, "bin/ssh-in-machine"));
      await writeFile(join(folder, "bin/ssh"), client, { mode: 0o755 });
      for (const sensor of sensors) await putOnMachine(machine, archiveOf(sensor, date), sensor);
      await mkdir(join(folder, "examples"));
      await cp(join(packageRoot(), "examples/ec2.yaml"), join(folder, "examples/ec2.yaml"));
      const env = { ...moto?.env, PATH: path };
      const ended = new Map<string, string>();
      for (const words of await exampleCommands()) {
        const command = words.join(" ");
        if (words[0] === "collect") {
          const early = await sensorbake(["destroy", "examples/ec2.yaml", "--yes"], { env, cwd: folder });
          assert.is(early.code, 2, early.stderr);
          assert.match(early.stderr, `sensorbake ${words.slice(0, 3).join(" ")}`);
        }
        const { code, stdout, stderr } = await sensorbake(words, { env, cwd: folder });
        assert.is(code, 0, `${command}\n${stdout}\n${stderr}`);
        if (command === "launch examples/ec2.yaml --yes") await answerAs(machine, stderr);
        ended.set(words[0] === "destroy" && words.includes("--yes") ? "destroy --yes" : command, `${stdout}`);
      }
      for (const sensor of sensors) {
        const file = archiveOf(sensor, date);
        assert.equal(await readdir(join(folder, "backups", sensor)), [file, `${file}.sha256`]);
        assert.is(await readFile(join(folder, "backups", sensor, file), "utf8"), sensor);
        assert.match(ended.get("destroy --yes") ?? "", new RegExp(`gone +${sensor}: i-`));
      }
    } finally {
      moto?.stop();
      await rm(folder, { recursive: true });
    }
  }),
);

test.run();
