import * as assert from "uvu/assert";
import { secureShell } from "../../../src/emulation/secure-shell.ts";
import { waitFor } from "../../../src/emulation/wait-for.ts";
import type { Probe } from "../../support/sensor-under-test.ts";

/** The rescue of a locked-out admin. The last of the probes, because it locks all admins out. */
export function rescueProbes(probe: Probe): void {
  probe("the login of an admin is noticed, and ends the wait for one", async (machine) => {
    await waitFor(
      "the login to count",
      async () => /^ok rescue +an admin has logged in/m.test(await machine.must("honeypot-status || true")),
      240,
    );
  });

  probe("wrong networks lead to a rescue after a while, which the status reports", async (machine) => {
    await machine.must(`cp /etc/default/honeypot /root/before
      sed --in-place 's/^ADMIN_ALLOW_FROM=.*/ADMIN_ALLOW_FROM="192.0.2.0\\/24"/; s/^ADMIN_RESCUE_AFTER_MINUTES=.*/ADMIN_RESCUE_AFTER_MINUTES="1"/' /etc/default/honeypot
      systemd-run --quiet --on-active=2 systemctl restart honeypot-admin-access.service`);
    // The connection that the other probes share is cut without a word; a new one says whether there is a way in.
    const enters = async () => (await secureShell(machine.login, "true", { timeoutSeconds: 30 })).code === 0;
    await waitFor("the lock-out", async () => !(await enters()), 180);
    await waitFor("the rescue", enters, 600);
    const { code, stdout } = await machine.run("honeypot-status");
    assert.is(code, 1);
    assert.match(
      stdout.toString(),
      /^\.\. rescue +port 12222 is open to every network \(key login only\) for 60 minutes: no admin had logged in from 192\.0\.2\.0\/24$/m,
    );
    await machine.must(
      "cp /root/before /etc/default/honeypot; systemctl restart honeypot-admin-access.service",
    );
    await waitFor(
      "the way that was there before",
      async () => (await machine.run("! test -e /run/honeypot/rescue")).code === 0,
      180,
    );
  });
}
