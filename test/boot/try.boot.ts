import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ed25519HostKey, ed25519Key } from "../support/keys.ts";
import { needs } from "../support/needs.ts";
import { bootTools, releasesToBoot } from "../support/sensor-under-test.ts";
import { tryOut } from "../support/trial-command.ts";

// A trial of a sensor without DShield, with stand-ins for every other server, and of a change. `trial.boot.ts` has one with DShield.

const test = suite("try in a virtual machine");
const withTools = needs(...bootTools, "openssl", "root");

for (const release of releasesToBoot())
  withTools(test, `${release}: everything that the settings promise is observed`, async () => {
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
    };
    const other = {
      ...sensor,
      capture: { keep_days: 3 },
      notify: { ...sensor.notify, webhook: { url: { env: "HOOK" } } },
    };
    const { sent, changed_promises: changed } = await tryOut(release, sensor, { other });
    assert.match(
      changed?.find(({ id }) => id === "limits")?.promise ?? "",
      "captures are deleted after 3 days",
    );
    assert.ok(changed?.some(({ id }) => id === "webhook"));
    const servers = sent.map(({ server }) => server);
    assert.ok(servers.includes("backup server") && servers.includes("web server"), String(servers));
  });

test.run();
