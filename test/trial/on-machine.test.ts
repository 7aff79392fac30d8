import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ask, type Guest } from "../../src/trial/observe/ask.ts";
import { withMachine } from "../support/admin-machine.ts";
import { machineTools } from "../support/machine.ts";
import { needs } from "../support/needs.ts";

// Observations of the real sshd and nft, after the sensor's own scripts have configured them.

const test = suite("trial/on-machine");

needs(...machineTools, "sshd", "nft")(
  test,
  "sees what 20-admin.sh and egress.sh have configured, and what they have not",
  () =>
    withMachine(async (machine) => {
      const guest: Guest = {
        port: () => 0,
        run: async (script) => {
          const { code, stdout, stderr } = await machine.run(`set -euo pipefail\n${script}`);
          return { code, stdout: Buffer.from(stdout), stderr };
        },
      };
      await machine.must("/opt/honeypot/first-boot/20-admin.sh");
      const rootLogin = (user: string) => ask(guest, "root-login", { user });
      const good = await rootLogin("analyst");
      assert.ok(good.observed, good.evidence);
      assert.not((await rootLogin("other")).observed);
      assert.ok((await ask(guest, "old-ssh-port")).observed);
      await machine.write("/etc/ssh/sshd_config.d/05-other.conf", "PasswordAuthentication yes\n");
      assert.match((await rootLogin("analyst")).evidence, "passwordauthentication no");

      assert.not((await ask(guest, "egress")).observed);
      await machine.must(`useradd cowrie; echo 'EGRESS="restricted"' >>/etc/default/honeypot`);
      await machine.must("/opt/honeypot/scripts/egress.sh");
      const limited = await ask(guest, "egress");
      assert.ok(limited.observed, limited.evidence);
    }),
);

test.run();
