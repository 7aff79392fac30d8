import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { standInRepository } from "../support/dshield-stand-in.ts";
import { dshieldSettings } from "../support/dshield-under-test.ts";
import { ed25519HostKey, ed25519Key } from "../support/keys.ts";
import { needs } from "../support/needs.ts";
import { startPythonIndex } from "../support/python-index.ts";
import { bootTools, releasesToBoot } from "../support/sensor-under-test.ts";
import { standInTool } from "../support/tool-stand-in.ts";
import { tryOut } from "../support/trial-command.ts";

// A trial of a sensor with stand-ins for DShield and the analysis tools, restricted outgoing traffic, a transfer,
// notifications and measurements.

const test = suite("try with DShield and the tools in a virtual machine");
const withTools = needs(...bootTools, "openssl", "git", "root");

for (const release of releasesToBoot())
  withTools(test, `${release}: everything that the settings promise is observed`, async () => {
    const folder = await mkdtemp(join(tmpdir(), "sensorbake-dshield-"));
    const index = await startPythonIndex();
    try {
      const ref = await standInRepository(join(folder, "dshield"));
      await writeFile(join(folder, "cowrie.zip"), "");
      const sensor = {
        name: "fra-vps",
        os: release,
        target: "nocloud",
        timezone: "Europe/Berlin",
        admin: { user: "analyst", ssh_port: 12222, ssh_keys: [ed25519Key], allow_from: ["192.0.2.7"] },
        capture: { exclude_ports: [9999] },
        backup: { format: "7z", password: { env: "PASSWORD" } },
        transfer: {
          host: "backup.example.org",
          user: "sensor",
          path: "/backups/{sensor}",
          host_key: ed25519HostKey,
          generate_key: true,
        },
        notify: { heartbeat: { url: { env: "BEAT" } }, webhook: { url: { env: "HOOK" } } },
        metrics: { allow_from: ["192.0.2.8"] },
        security: { egress: "restricted" },
        dshield: { ...dshieldSettings, ref },
        tools: {
          cowrieprocessor: {
            ref: await standInTool("cowrieprocessor", join(folder, "cowrieprocessor")),
            virustotal_api_key: { env: "VIRUSTOTAL" },
          },
          json_log_country: {
            ref: await standInTool("json_log_country", join(folder, "json_log_country")),
            geolite2: { account_id: 1, license_key: { env: "MAXMIND" } },
          },
        },
      };
      const { attacks, promises, sent } = await tryOut(release, sensor, {
        words: ["--clones", folder],
        env: { PIP_CONFIG_FILE: "/dev/null", PIP_INDEX_URL: index.url },
      });
      const others = promises.filter(({ result }) => result !== "observed");
      assert.equal(
        others.map(({ id, result }) => `${id} ${result}`),
        ["tool-queries not_in_this_trial"],
      );
      for (const id of ["tool-clones", "tool-timetable", "cowrieprocessor", "json-log-country"])
        assert.ok(
          promises.some((one) => one.id === id),
          id,
        );
      const seen = attacks.flatMap(({ places }) => places).filter(({ result }) => result === "seen");
      // Four attacks in the capture, the firewall log, the collected logs, the archive and the status, three in a log.
      assert.is(seen.length, 23);
      for (const to of ["isc.sans.edu:443", "download.maxmind.com:443"])
        assert.ok(
          sent.some((one) => one.to === to),
          to,
        );
    } finally {
      index.stop();
      await rm(folder, { recursive: true });
    }
  });

test.run();
