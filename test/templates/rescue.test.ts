import { suite } from "uvu";
import * as assert from "uvu/assert";
import { configure, withNeighbour } from "../support/admin-machine.ts";
import { type Machine, machineTools } from "../support/machine.ts";
import { needs } from "../support/needs.ts";
import { upstreamFirewall } from "../support/upstream-firewall.ts";

// Real nft, iptables and sshd. A stand-in for journalctl prints /journal, because systemd does not run here.

const rescue = suite("a way in for an admin who is locked out");
const test = needs(...machineTools, "sshd", "nft", "iptables-restore");

const tick = "/opt/honeypot/scripts/rescue.sh";
const admins = "198.51.100.0/24";
const shut = "allowed4 honeypot lo4 lo6\n";
const open = "allowed4 allowed6 honeypot lo4 lo6 refused4 refused6\n";
const minutes = { ADMIN_RESCUE_AFTER_MINUTES: "30", ADMIN_RESCUE_OPEN_MINUTES: "60" };

test(
  rescue,
  "without a login the port opens to every network for a while, and then stays closed until the next boot",
  () =>
    withLockedOut(async (machine, reach) => {
      await machine.must(tick);
      assert.match(await last(machine), "armed no admin has logged in yet");
      await pass(machine, 29);
      await machine.must(tick);
      assert.is(await reach(), shut);
      await pass(machine, 2);
      await machine.must(tick);
      assert.is(await reach(), open);
      assert.match(
        await last(machine),
        "open port 12222 is open to every network (key login only) for 60 minutes: no admin had",
      );
      // Anything may load the rules again in the meantime.
      await machine.must(`/opt/honeypot/scripts/admin-access.sh; ${tick}`);
      assert.is(await reach(), open);
      await machine.must(
        `read -r end way </run/honeypot/rescue; echo "$((end - 3601)) $way" >/run/honeypot/rescue; ${tick}`,
      );
      assert.is(await reach(), shut);
      assert.match(await last(machine), "spent the admin port was open");
      await pass(machine, 600);
      await machine.must(tick);
      assert.is(await reach(), shut);
    }),
);

test(rescue, "DShield's firewall is opened, too, and closed again", () =>
  withLockedOut(async (machine, reach) => {
    await machine.must(
      `sed -i '/^Port 2222$/d' /etc/ssh/sshd_config; ip route add default via 203.0.113.9 dev inside`,
    );
    await machine.write("/etc/network/iptables", upstreamFirewall({ device: "inside", localNet: "" }));
    const withFirewall = "allowed4 honeypot lo4 lo6\n";
    await machine.must(`/opt/honeypot/scripts/firewall.sh; ${tick}`);
    assert.is(await reach(), withFirewall);
    await pass(machine, 31);
    await machine.must(tick);
    assert.is(await reach(), "allowed4 allowed6 honeypot lo4 lo6 refused4 refused6\n");
    await machine.must(`read -r end way </run/honeypot/rescue; echo "0 $way" >/run/honeypot/rescue; ${tick}`);
    assert.is(await reach(), withFirewall);
    assert.not.match(
      await machine.must("iptables --list-rules INPUT; cat /etc/network/iptables.local"),
      "0.0.0.0/0",
    );
  }),
);

test(rescue, "a login from outside by a key ends it, until the way in changes", () =>
  withLockedOut(async (machine, reach) => {
    await machine.must(tick);
    await machine.must(`${login("203.0.113.7", 100_000_000)}; ${tick}`);
    assert.match(await last(machine), "confirmed an admin has logged in");
    await pass(machine, 600);
    await machine.must(tick);
    assert.is(await reach(), shut);
    await configure(machine, { ...minutes, ADMIN_ALLOW_FROM: "192.0.2.1/32" });
    // The earlier login used the other way in.
    await machine.must(`/opt/honeypot/scripts/admin-access.sh; ${tick}`);
    assert.match(await last(machine), "armed no admin has logged in yet");
    await machine.must(`: >/journal; ${tick}`);
    await pass(machine, 31);
    await machine.must(tick);
    assert.is(await reach(), open);
  }),
);

const noLogins: readonly (readonly [name: string, line: string])[] = [
  ["of another user", login("198.51.100.9", 100_000_000, "other")],
  ["from the machine itself", login("127.0.0.1", 100_000_000)],
  ["before the rules were as they are", login("198.51.100.9", 1)],
];
for (const [name, line] of noLogins)
  test(rescue, `a login ${name} proves nothing`, () =>
    withLockedOut(async (machine) => {
      await machine.must(
        `mkdir -p /run/honeypot; echo "5 armed another way" >/run/honeypot/rescue.since; ${tick}; ${line}`,
      );
      await machine.must(tick);
      assert.is((await machine.run("test -e /var/lib/honeypot/state/admin.confirmed")).code, 1);
    }),
  );

test(rescue, "a new firewall is a new way in", () =>
  withLockedOut(async (machine) => {
    await machine.must(`sed -i '/^Port 2222$/d' /etc/ssh/sshd_config; ${tick} --confirm`);
    await machine.write("/etc/network/iptables", upstreamFirewall({ device: "inside", localNet: "" }));
    await machine.must("/opt/honeypot/scripts/firewall.sh");
    assert.is((await machine.run("test -e /var/lib/honeypot/state/admin.confirmed")).code, 1);
    await machine.must(
      `${tick} --confirm; /opt/honeypot/scripts/firewall.sh; test -e /var/lib/honeypot/state/admin.confirmed`,
    );
  }),
);

test(rescue, "a firewall that an update only rewrote stays confirmed, and another one does not", () =>
  withLockedOut(async (machine) => {
    await machine.must(`sed -i '/^Port 2222$/d' /etc/ssh/sshd_config`);
    const update = async (connected: readonly string[] = []) => {
      const rules = upstreamFirewall({ device: "inside", localNet: "10.0.0.0/8" });
      const more = connected.map((from) => `-A INPUT -s ${from} -p tcp --dport 12222 -j DROP\n`).join("");
      await machine.write("/etc/network/iptables", rules.replace("COMMIT\n", `${more}COMMIT\n`));
      await machine.must("/opt/honeypot/scripts/firewall.sh");
    };
    await update();
    await machine.must(`${tick}; ${login("198.51.100.9", 100_000_000)}; ${tick}`);
    const confirmed = "test -e /var/lib/honeypot/state/admin.confirmed";
    await machine.must(confirmed);
    await update();
    await machine.must(confirmed);
    // Every login so far came through the old firewall.
    await machine.must(": >/journal");
    await update(["198.51.100.0/24"]);
    await machine.must(`${login("198.51.100.9", 1)}; ${tick}; ${tick}`);
    assert.is((await machine.run(confirmed)).code, 1);
    assert.match(await last(machine), "armed no admin has logged in yet");
    await machine.must(": >/journal");
    await pass(machine, 31);
    await machine.must(tick);
    assert.match(await last(machine), "open port 12222 is open");
  }),
);

test(rescue, "networks that are corrected while it is open close it, and get their own trial", () =>
  withLockedOut(async (machine, reach) => {
    await machine.must(tick);
    await pass(machine, 31);
    await machine.must(tick);
    await configure(machine, { ...minutes, ADMIN_ALLOW_FROM: "203.0.113.0/24" });
    await machine.must(`/opt/honeypot/scripts/admin-access.sh; ${tick}`);
    assert.is(await reach(), "honeypot lo4 lo6 refused4\n");
    await machine.must(`${login("203.0.113.7", 100_000_000)}; ${tick}`);
    assert.match(await last(machine), "confirmed an admin has logged in from 203.0.113.0/24");
  }),
);

test(
  rescue,
  "a week without a login ends the confirmation, also over many boots, and each login begins another",
  () =>
    withLockedOut(async (machine, reach) => {
      const hours = async (count: number) => {
        // One per boot: /run is emptied, and the first hour begins with the boot.
        await machine.must(
          `for ((i = 0; i < ${count}; i++)); do echo -4000 >/run/honeypot/rescue.hour; ${tick}; done; ${tick}`,
        );
        return machine.must("tail -1 /var/lib/honeypot/state/admin.confirmed 2>/dev/null || true");
      };
      await machine.must(`${tick}; ${login("198.51.100.7", 100_000_000)}; ${tick}; : >/journal`);
      assert.match(await last(machine), "confirmed an admin has logged in");
      assert.is(await hours(20), "20\n");
      await machine.must(
        `${login("198.51.100.7", 100_000_000)}; echo -4000 >/run/honeypot/rescue.hour; ${tick}; : >/journal`,
      );
      assert.is(await hours(0), "0\n");
      await machine.must(
        `sed -i 's/^0$/160/' /var/lib/honeypot/state/admin.confirmed; rm /run/honeypot/rescue.since`,
      );
      assert.is(await hours(7), "167\n");
      assert.match(await last(machine), "confirmed an admin has logged in");
      assert.is(await reach(), shut);
      assert.is(await hours(1), "");
      assert.match(await last(machine), "armed no admin has logged in for 7 days: in 30 minutes");
      // The login of a week ago, which the journal of a long boot still has, confirms nothing.
      await machine.must(`${login("198.51.100.7", 1)}; ${tick}; : >/journal`);
      assert.match(await last(machine), "armed no admin has logged in for 7 days");
      await pass(machine, 31);
      await machine.must(tick);
      assert.is(await reach(), open);
      await machine.must(`${login("203.0.113.77", 100_000_000)}; ${tick}`);
      await machine.must(
        `read -r end way </run/honeypot/rescue; echo "0 $way" >/run/honeypot/rescue; : >/journal; ${tick}`,
      );
      assert.match(await last(machine), "spent");
      await pass(machine, 6 * 24 * 60);
      await machine.must(tick);
      assert.match(await last(machine), "spent");
      await pass(machine, 24 * 60);
      await machine.must(tick);
      assert.match(await last(machine), "armed no admin has logged in");
      await pass(machine, 31);
      await machine.must(tick);
      assert.is(await reach(), open);
    }),
);

rescue.run();

/** Sets the time of arming back. */
async function pass(machine: Machine, count: number): Promise<void> {
  await machine.must(
    `read -r start rest </run/honeypot/rescue.since; echo "$((start - ${count * 60})) $rest" >/run/honeypot/rescue.since`,
  );
}

function login(from: string, at: number, user = "analyst"): string {
  return `echo '[${at}.123456] sensor sshd[99]: Accepted publickey for ${user} from ${from} port 4 ssh2: ED25519 x' >>/journal`;
}

function last(machine: Machine): Promise<string> {
  return machine.must("cat /var/lib/honeypot/state/rescue.last");
}

async function withLockedOut(
  body: (machine: Machine, reach: () => Promise<string>) => Promise<void>,
): Promise<void> {
  await withNeighbour(admins, async (machine, reach) => {
    await configure(machine, { ...minutes, ADMIN_ALLOW_FROM: admins });
    await machine.must(
      "mkdir -p /var/lib/honeypot/state; /opt/honeypot/scripts/admin-access.sh; : >/journal",
    );
    const grep =
      'for word; do case "$word" in --grep=*) exec grep "$(cut -d^ -f2 <<<"$word")" /journal ;; esac; done';
    await machine.write("/usr/local/bin/journalctl", `#!/bin/bash\n${grep}\n`, "0755");
    await body(machine, reach);
  });
}
