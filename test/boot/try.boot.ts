import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { needs } from "../support/needs.ts";
import { bootTools, releasesToBoot } from "../support/sensor-under-test.ts";
import { sensorbake } from "../support/sensorbake.ts";

// A trial of a sensor without DShield, with stand-ins for every other server.

const test = suite("try in a virtual machine");
const withTools = needs(...bootTools, "openssl", "root");

for (const release of releasesToBoot())
  withTools(test, `${release}: everything that the settings promise is observed`, async () => {
    const folder = await mkdtemp(join(tmpdir(), "sensorbake-boot-"));
    try {
      await mkdir(join(folder, "tmp"));
      const defaults = {
        os: release,
        target: "hetzner",
        admin: {
          user: "analyst",
          ssh_port: 12222,
          ssh_keys: ["ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ3oN1vuDOUcyPCQFjUOAH6kKQjgK0zVpZL7J5x4xj0r me"],
          allow_from: ["192.0.2.7"],
        },
        transfer: {
          host: "203.0.113.20",
          user: "sensors",
          path: "/srv/{sensor}",
          host_key: "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJ3oN1vuDOUcyPCQFjUOAH6kKQjgK0zVpZL7J5x4xj0r",
          private_key: { file: "missing" },
        },
        notify: { heartbeat: { url: { env: "HEARTBEAT" } } },
      };
      const settings = { version: 1, defaults, sensors: [{ name: "fra-vps" }] };
      await writeFile(join(folder, "sensors.yaml"), JSON.stringify(settings));
      const begin = Date.now();
      const { code, stdout, stderr } = await sensorbake(
        ["try", "sensors.yaml", "--format", "json", "--html", "page.html"],
        { cwd: folder, env: { TMPDIR: join(folder, "tmp"), XDG_CACHE_HOME: resolve(".cache") } },
      );
      process.stdout.write(`${release}: ${Math.round((Date.now() - begin) / 1000)} s\n${stderr}`);
      const report = JSON.parse(stdout.toString());
      const missing = report.promises.filter(({ result }: { result: string }) => result === "not_observed");
      assert.equal(missing, []);
      assert.is(code, 0, stdout.toString());
      assert.ok(report.passed);
      const servers = report.sent.map(({ server }: { server: string }) => server);
      assert.ok(servers.includes("backup server") && servers.includes("web server"), String(servers));
      assert.match(await readFile(join(folder, "page.html"), "utf8"), /<h1 class="good">fra-vps/);
      assert.equal(await readdir(join(folder, "tmp")), []);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

test.run();
