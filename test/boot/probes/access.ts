import * as assert from "uvu/assert";
import { secureShell } from "../../../src/emulation/secure-shell.ts";
import { waitFor } from "../../../src/emulation/wait-for.ts";
import { adminPort, type Probe } from "../../support/sensor-under-test.ts";

/** Admin access: only the admin with a key, on the admin port, from an admin network. */
export function accessProbes(probe: Probe): void {
  probe("nothing listens on port 22", async (machine) => {
    assert.is(await machine.must("ss --no-header --listening --tcp --numeric 'sport = :22'"), "");
    const { code, stdout } = await secureShell({ ...machine.login, port: machine.port(22) }, "echo in");
    assert.is(code, 255);
    assert.is(stdout.toString(), "");
  });

  probe("root is refused, even with a key of its own", async (machine) => {
    await machine.must("install -D --mode=0600 /etc/honeypot/authorized_keys /root/.ssh/authorized_keys");
    const { code, stderr } = await secureShell({ ...machine.login, user: "root" }, "echo in");
    await machine.must("rm /root/.ssh/authorized_keys");
    assert.is(code, 255);
    assert.match(stderr, "Permission denied (publickey)");
  });

  probe("a password is not even asked for", async (machine) => {
    await machine.must("printf 'analyst:secret\\nroot:secret\\n' | chpasswd");
    const words = [
      "-o",
      "PubkeyAuthentication=no",
      "-o",
      "PreferredAuthentications=password,keyboard-interactive",
    ];
    for (const user of ["analyst", "root"]) {
      const { code, stderr } = await secureShell({ ...machine.login, user }, "echo in", { words });
      assert.is(code, 255);
      assert.match(stderr, "Permission denied (publickey)");
    }
    await machine.must("passwd --lock analyst; passwd --lock root");
  });

  probe("another user of the sensor may not log in, nor a stranger's key", async (machine) => {
    await machine.must(
      "useradd --create-home other; install -D --owner=other /etc/honeypot/authorized_keys ~other/.ssh/authorized_keys",
    );
    const { code, stderr } = await secureShell({ ...machine.login, user: "other" }, "echo in");
    await machine.must("userdel --remove other 2>/dev/null");
    assert.is(code, 255);
    assert.match(stderr, "Permission denied (publickey)");
  });

  probe("the admin port is closed to a network that is not an admin's", async (machine) => {
    const port = await machine.plugOtherNetwork(adminPort);
    const setUp = "ip link set eth1 up && ip address replace 198.51.100.15/24 dev eth1";
    await waitFor("eth1", () => machine.must(`${setUp}; echo there`), 120);
    const outside = { ...machine.login, port };
    const { code, stdout } = await secureShell(outside, "echo in", { timeoutSeconds: 60 });
    assert.is(code, 255);
    assert.is(stdout.toString(), "");
    // The same way is open when the rules are away: it was they.
    await machine.must("nft delete table inet honeypot_admin");
    const open = await secureShell(outside, "echo in");
    await machine.must("systemctl restart honeypot-admin-access.service; ip link set eth1 down");
    assert.is(open.stdout.toString(), "in\n", open.stderr);
  });
}
