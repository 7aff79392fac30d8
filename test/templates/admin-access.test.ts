import { suite } from "uvu";
import * as assert from "uvu/assert";
import { configure, withNeighbour } from "../support/admin-machine.ts";
import { machineTools } from "../support/machine.ts";
import { needs } from "../support/needs.ts";

// The networks that can reach the admin port, during and after the step that moves sshd there.

const access = suite("templates/admin-access");
const test = needs(...machineTools, "sshd", "ssh", "ssh-keygen", "visudo", "sudo", "nft", "useradd");

const load = "/opt/honeypot/scripts/admin-access.sh";

for (const [name, prepare] of [
  ["", ""],
  [", also where nft comes later", "mv /usr/sbin/nft /nft"],
] as const)
  test(access, `strangers never reach sshd on the admin port${name}`, () =>
    withNeighbour("198.51.100.0/24 2001:db8:1::/48", async (machine, reach) => {
      await machine.must(
        `sed -i '/^Port /d' /etc/ssh/sshd_config; systemctl restart ssh.service; ${prepare}`,
      );
      await machine.write(
        "/knock.sh",
        `until test -e /stop; do
          for address in 203.0.113.1 2001:db8:2::1; do
            timeout 1 bash -c 'read -r line </dev/tcp/$0/12222 && [[ $line == SSH-* ]] && echo "$0"' $address 2>/dev/null
          done
        done >/reached\n`,
      );
      await machine.must(
        `nsenter --target "$(cat /run/neighbour)" --net bash /knock.sh >/dev/null 2>&1 & answer_tries=100 /opt/honeypot/first-boot/20-admin.sh; sleep 2; touch /stop; wait`,
      );
      assert.is(await machine.must("cat /reached"), "");
      assert.is(await reach(), "allowed4 allowed6 lo4 lo6\n");
      // Once nft is installed, its rules replace the routing rules.
      await machine.must(`mv /nft /usr/sbin/nft; ${load}`.replace("mv", prepare === "" ? "true" : "mv"));
      assert.is(await reach(), "allowed4 allowed6 lo4 lo6\n");
      assert.is(
        await machine.must("ip rule list | grep -c sport || true; ip -6 rule list | grep -c sport || true"),
        "0\n0\n",
      );
    }),
  );

test(access, "only the admin networks reach the admin port, and everyone reaches the other ports", () =>
  withNeighbour("198.51.100.0/24 2001:db8:1::/48", async (machine, reach) => {
    assert.is(await reach(), "allowed4 allowed6 honeypot lo4 lo6 refused4 refused6\n");
    await machine.must(load);
    assert.is(await reach(), "allowed4 allowed6 honeypot lo4 lo6\n");
    await machine.must(load);
    assert.is(await machine.must("nft list table inet honeypot_admin | grep -c saddr"), "2\n");
  }),
);

test(access, "the rules are independent of iptables, and a reload replaces them whole", () =>
  withNeighbour("198.51.100.0/24", async (machine, reach) => {
    await machine.must(`nft add table ip filter; ${load}; nft flush table ip filter`);
    assert.is(await reach(), "allowed4 honeypot lo4 lo6\n");
    await configure(machine, { ADMIN_ALLOW_FROM: "203.0.113.9/32" });
    await machine.must(load);
    assert.is(await reach(), "honeypot lo4 lo6 refused4\n");
    await configure(machine, { ADMIN_ALLOW_FROM: "anywhere" });
    await machine.must(load);
    assert.is(await reach(), "allowed4 allowed6 honeypot lo4 lo6 refused4 refused6\n");
    assert.match(await machine.must("nft list tables"), "table inet honeypot_admin");
  }),
);

for (const networks of ["198.51.100.0/24 } ; flush ruleset", "198.51.100.0/99", "nowhere"])
  test(access, `"${networks}" is refused, and the old rules stay`, () =>
    withNeighbour("198.51.100.0/24", async (machine, reach) => {
      await machine.must(load);
      await configure(machine, { ADMIN_ALLOW_FROM: networks });
      assert.is.not((await machine.run(load)).code, 0);
      assert.is(await reach(), "allowed4 honeypot lo4 lo6\n");
    }),
  );

access.run();
