import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ed25519HostKey, ed25519Key } from "../support/keys.ts";
import { needs } from "../support/needs.ts";
import { bootTools, releasesToBoot } from "../support/sensor-under-test.ts";
import { standInTool } from "../support/tool-stand-in.ts";
import { tryOut } from "../support/trial-command.ts";

// A trial of a sensor without DShield, with an analysis tool, with stand-ins for every other server, and of a change.
// `trial.boot.ts` has one with DShield.

const test = suite("try in a virtual machine");
const withTools = needs(...bootTools, "openssl", "git", "root");

for (const release of releasesToBoot())
  withTools(test, `${release}: everything that the settings promise is observed`, async () => {
    const clones = await mkdtemp(join(tmpdir(), "sensorbake-clones-"));
    try {
      const ref = await standInTool("cowrieprocessor", join(clones, "cowrieprocessor"));
      const sensor = {
        name: "fra-vps",
        os: release,
        target: "hetzner",
        admin: { user: "analyst", ssh_port: 12222, ssh_keys: [ed25519Key], allow_from: ["192.0.2.7"] },
        transfer: {
          host: "203.0.113.20",
          user: "sensors",
          path: "/srv/{sensor}",
          host_key: ed25519HostKey,
          private_key: { file: "missing" },
        },
        notify: { heartbeat: { url: { env: "HEARTBEAT" } } },
        tools: { cowrieprocessor: { ref } },
      };
      const other = {
        ...sensor,
        capture: { keep_days: 3 },
        notify: { ...sensor.notify, webhook: { url: { env: "HOOK" } } },
      };
      const {
        sent,
        promises,
        changed_promises: changed,
      } = await tryOut(release, sensor, { other, words: ["--clones", clones] });
      assert.match(
        changed?.find(({ id }) => id === "limits")?.promise ?? "",
        "captures are deleted after 3 days",
      );
      assert.ok(changed?.some(({ id }) => id === "webhook"));
      const resultOf = (id: string) => promises.find((one) => one.id === id)?.result;
      assert.equal(["tool-clones", "tool-timetable", "cowrieprocessor"].map(resultOf), [
        "observed",
        "observed",
        "not_in_this_trial",
      ]);
      const servers = sent.map(({ server }) => server);
      assert.ok(servers.includes("backup server") && servers.includes("web server"), String(servers));
    } finally {
      await rm(clones, { recursive: true });
    }
  });

test.run();
