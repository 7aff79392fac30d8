import { readFile } from "node:fs/promises";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { configure, withMachine } from "../support/admin-machine.ts";
import { type Machine, machineTools } from "../support/machine.ts";
import { needs } from "../support/needs.ts";

// Real nft. The sensor is in a LAN with a router and another host, each a network namespace. The world behind the router
// also has the addresses of the metadata services. A server answers on a few ports of every address.

const egress = suite("templates/egress");
const test = needs(...machineTools, "sshd", "nft", "useradd", "runuser", "python3");

const load = "/opt/honeypot/scripts/egress.sh";
const check = `${load} --check`;
const ports = [53, 80, 443, 4444];
const world = { v4: "198.18.7.9", v6: "2001:db8:99::9" };
/** The LAN's other host: a private and a public IPv4 address, a local and a global IPv6 address. */
const neighbour = ["192.168.7.20", "203.0.113.20", "fd00:7::20", "2001:db8:7::20"];

test(egress, "no program reaches the metadata service, and its name server still answers", () =>
  withHome({ METADATA_BLOCKED: "true" }, async (machine, reach) => {
    assert.is(await reach("root", "169.254.169.254", 80), "answers");
    await machine.must(load);
    for (const user of ["root", "cowrie", "analyst"]) {
      assert.is(await reach(user, "169.254.169.254", 80), "refused", user);
      assert.is(await reach(user, "fd00:ec2::254", 80), "refused", user);
      assert.is(await reach(user, "169.254.169.254", 53), "answers", user);
      assert.is(await reach(user, world.v4, 4444), "answers", user);
    }
    assert.is(await reach("cowrie", "168.63.129.16", 80), "refused");
    assert.is(await reach("root", "168.63.129.16", 80), "answers");
  }),
);

test(egress, "root reaches the metadata service until cloud-init has finished in this boot", () =>
  withHome({ METADATA_BLOCKED: "true" }, async (machine, reach) => {
    await machine.must(`mkdir /run/cloud-init; ${load}`);
    assert.is(await reach("root", "169.254.169.254", 80), "answers");
    assert.is(await reach("cowrie", "169.254.169.254", 80), "refused");
    await machine.must(`touch /run/cloud-init/result.json; ${load}`);
    assert.is(await reach("root", "169.254.169.254", 80), "refused");
    await machine.must(`rm /run/cloud-init/result.json; touch /run/cloud-init/disabled; ${load}`);
    assert.is(await reach("root", "169.254.169.254", 80), "refused");
  }),
);

test(
  egress,
  "restricted: the honeypot reaches web and name servers on the internet, and nothing in the LAN",
  () =>
    withHome({ EGRESS: "restricted" }, async (machine, reach) => {
      await machine.must(load);
      const web = [53, 80, 443];
      const wanted: readonly (readonly [user: string, place: string, reached: readonly number[]])[] = [
        ["cowrie", world.v4, web],
        ["webhpot", world.v4, web],
        ["cowrie", world.v6, web],
        // The router: a gateway, and the name server of this LAN.
        ["cowrie", "192.168.7.1", [53]],
        ["cowrie", "2001:db8:7::1", []],
        ...neighbour.map((place) => ["cowrie", place, []] as const),
        ...neighbour.map((place) => ["root", place, ports] as const),
        ["analyst", world.v4, ports],
      ];
      const found = await Promise.all(wanted.map(([user, place]) => reach(user, place, ...ports)));
      for (const [index, [user, place, open]] of wanted.entries())
        assert.is(
          found[index],
          ports.map((port) => (open.includes(port) ? "answers" : "nothing")).join(" "),
          `${user} ${place}`,
        );
      assert.match(
        await machine.must("nft list table inet honeypot_egress"),
        /counter packets [1-9]\d* bytes \d+ drop/,
      );
    }),
);

test(egress, "restricted: a prefix that the router announces later counts as LAN at once", () =>
  withHome({ EGRESS: "restricted" }, async (machine, reach) => {
    await machine.must(`${load}; ip address add 2001:db8:8::2/64 dev home nodad
      ${inside("lan")} ip address add 2001:db8:8::20/64 dev home nodad
      ${inside("router")} ip address add 2001:db8:8::1/64 dev home nodad`);
    assert.equal(
      await Promise.all([
        reach("cowrie", "2001:db8:8::20", 80),
        reach("root", "2001:db8:8::20", 80),
        reach("cowrie", world.v6, 80),
      ]),
      ["nothing", "answers", "answers"],
    );
  }),
);

test(
  egress,
  "restricted: the rules cover the subordinate user IDs of the honeypot and the users of the analysis tools",
  () =>
    withHome({ EGRESS: "restricted", TOOLS_INTERVALS: "cowrieprocessor 86400" }, async (machine) => {
      const [place = ""] = neighbour;
      const reach = (id: number) =>
        machine
          .must(`setpriv --reuid=${id} --regid=${id} --clear-groups python3 /reach.py ${place} 80`)
          .then((line) => line.trim());
      await machine.write("/etc/subuid", "other:200000:65536\ncowrie:100000:65536\ncowrie:x[$(id)]:1\n");
      await machine.must(load);
      assert.equal(await Promise.all([100_000, 165_535, 165_536, 200_000, 61_184, 65_519].map(reach)), [
        "nothing",
        "nothing",
        "answers",
        "answers",
        "nothing",
        "nothing",
      ]);
    }),
);

const ways: readonly (readonly [name: string, routes: string])[] = [
  [
    "a router with a public address",
    `ip address add 203.0.113.2/24 dev home; ip route replace default via 203.0.113.1
     ip -6 route del default; ip -6 route add default via 2001:db8:7::1`,
  ],
  [
    "a router outside of the sensor's prefix",
    `ip address flush dev home; ip address add 203.0.113.99/32 dev home; ip route add 203.0.113.1 dev home
     ip route add default via 203.0.113.1 dev home onlink
     ${inside("router")} ip route add 203.0.113.99/32 dev home
     ip address add 2001:db8:7::2/64 dev home nodad; ip -6 route add default via 2001:db8:7::1`,
  ],
  [
    "a line without a router",
    `ip link add tun type veth peer name tun netns "$(cat /run/router)"; ip link set tun up
     ${inside("router")} ip link set tun up; ip address add 198.18.8.2/32 dev tun; ip address add 2001:db8:98::2/128 dev tun nodad
     ${inside("router")} sh -c 'ip route add 198.18.8.2 dev tun; ip -6 route add 2001:db8:98::2 dev tun; ip address add 198.18.7.9/32 dev tun; ip address add 2001:db8:99::9/128 dev tun nodad'
     ip route replace default dev tun src 198.18.8.2; ip -6 route del default; ip -6 route add default dev tun src 2001:db8:98::2`,
  ],
];
for (const [name, routes] of ways)
  test(egress, `restricted: ${name} leads to the internet, and not to the neighbours`, () =>
    withHome({ EGRESS: "restricted" }, async (machine, reach) => {
      // The table of the early boot, when there is no route.
      await machine.must(`${load}; ${routes}; ${load}`);
      assert.is(await reach("cowrie", world.v4, 80), "answers");
      assert.is(await reach("cowrie", world.v6, 443), "answers");
      const found = await Promise.all(neighbour.map((place) => reach("cowrie", place, 80)));
      assert.equal(new Set(found), new Set(["nothing"]));
    }),
  );

test(
  egress,
  "restricted: visitors of the honeypot get replies, and the honeypot's users cannot reach sshd",
  () =>
    withHome({ EGRESS: "restricted" }, async (machine, reach) => {
      await machine.must(`${load}
      runuser -u cowrie -- python3 /server.py 2223 >/dev/null 2>&1 & python3 /server.py 12222 >/dev/null 2>&1 &
      until (</dev/tcp/127.0.0.1/2223 && </dev/tcp/127.0.0.1/12222) 2>/dev/null; do sleep 0.05; done`);
      assert.is(
        await machine.must(
          `${inside("lan")} timeout 9 bash -c 'read -r x </dev/tcp/192.168.7.2/2223 && echo "$x"'`,
        ),
        "answers\n",
      );
      const places = ["127.0.0.1", "::1", "192.168.7.2", "2001:db8:7::2"];
      const found = await Promise.all(places.map((place) => reach("cowrie", place, 12222, 2223)));
      assert.equal(new Set(found), new Set(["nothing answers"]), found.join(", "));
      for (const place of places) assert.is(await reach("root", place, 12222), "answers", place);
    }),
);

test(
  egress,
  "restricted: egress.sh reloads the rules for a new user or name server, and when rules are missing; status reports it",
  () =>
    withHome({ EGRESS: "restricted" }, async (machine, reach) => {
      await machine.write(
        "/status.sh",
        await readFile("templates/usr/local/lib/honeypot/status/egress.sh", "utf8"),
      );
      const status = () =>
        machine.must(`read_last() { read -r when result message </var/lib/honeypot/state/$1.last; }
        add() { echo "$2 $3"; }; root=; source /status.sh`);
      await machine.must(`userdel webhpot; ${load}; ${check}`);
      assert.is(await status(), "good loaded, limited to web, names and time for cowrie\n");
      const table = "nft -a list table inet honeypot_egress; cat /var/lib/honeypot/state/egress.last";
      const before = await machine.must(table);
      assert.match(before, / ok loaded, limited to web, names and time for cowrie\n$/);
      assert.equal(await machine.run(load), { code: 0, stdout: "", stderr: "" });
      assert.is(await machine.must(table), before);

      await machine.must(`useradd webhpot; ${load}`);
      assert.is(await reach("webhpot", "192.168.7.20", 80), "nothing");
      assert.is(await reach("cowrie", "192.168.7.20", 53), "nothing");
      await machine.must(
        `printf 'nameserver 192.168.7.20\nnameserver fd00:7::20%%home\nnameserver none\n' >/etc/resolv.conf; ${load}`,
      );
      assert.is(await reach("cowrie", "192.168.7.20", 53), "answers");
      assert.is(await reach("cowrie", "fd00:7::20", 53), "answers");
      assert.is(await reach("cowrie", "192.168.7.1", 53), "nothing");

      for (const fault of [
        "delete table inet honeypot_egress",
        "flush chain inet honeypot_egress output",
        "insert rule inet honeypot_egress limited accept",
      ]) {
        await machine.must(`nft ${fault}`);
        assert.is((await machine.run(check)).code, 1, fault);
        assert.is(await status(), "bad the rules for outgoing traffic are missing or changed\n");
        assert.is(await reach("cowrie", "192.168.7.20", 80), "answers", fault);
        assert.match((await machine.run(load)).stderr, "the rules were missing or changed\n", fault);
        assert.is(await reach("cowrie", "192.168.7.20", 80), "nothing", fault);
        await machine.must(check);
      }
      await machine.must(
        "userdel webhpot; printf '#!/bin/sh\nexit 3\n' >/usr/local/bin/nft; chmod +x /usr/local/bin/nft",
      );
      assert.is((await machine.run(load)).code, 3);
      assert.is(await status(), "bad stopped with exit code 3\n");
    }),
);

egress.run();

// Connects to several ports at once. The kernel answers a connection at once, or not at all; only the server that then
// sends its line may be slow on a busy machine.
const probe = `
import socket, sys
from concurrent.futures import ThreadPoolExecutor
def reach(port):
    try:
        connection = socket.create_connection((sys.argv[1], int(port)), timeout=1.3)
    except socket.timeout:
        return "nothing"
    except OSError:
        return "refused"
    connection.settimeout(30)
    return connection.recv(99).decode().strip()
print(*ThreadPoolExecutor(9).map(reach, sys.argv[2:]))
`;
const server = `
import select, socket, sys
listening = [socket.create_server(("::", int(port)), family=socket.AF_INET6, dualstack_ipv6=True, backlog=99) for port in sys.argv[1:]]
while True:
    for ready in select.select(listening, [], [])[0]:
        connection = ready.accept()[0]
        connection.sendall(b"answers\\n")
        connection.close()
`;

function inside(name: "router" | "lan"): string {
  return `nsenter --target "$(cat /run/${name})" --net`;
}

async function withHome(
  changes: Readonly<Record<string, string>>,
  body: (
    machine: Machine,
    reach: (user: string, place: string, ...ports: readonly number[]) => Promise<string>,
  ) => Promise<void>,
): Promise<void> {
  await withMachine(async (machine) => {
    await configure(machine, changes);
    await machine.write("/server.py", server);
    await machine.write("/reach.py", probe);
    await machine.must(`mkdir -p /var/lib/honeypot/state; userdel --remove honeypot 2>/dev/null
      for user in cowrie webhpot analyst; do useradd "$user"; done
      rm -f /etc/resolv.conf; echo 'nameserver 192.168.7.1' >/etc/resolv.conf
      for name in router lan; do
        unshare --net sleep infinity >/dev/null 2>&1 & echo $! >/run/$name
        until [[ "$(readlink /proc/$!/ns/net)" != "$(readlink /proc/self/ns/net)" ]]; do sleep 0.05; done
      done
      router=(${inside("router")}) lan=(${inside("lan")})
      for host in env "\${router[*]}" "\${lan[*]}"; do $host sysctl -q net.ipv6.conf.default.accept_dad=0; done
      "\${router[@]}" ip link add home type bridge
      ip link add home type veth peer name one netns "$(cat /run/router)"
      "\${lan[@]}" ip link add home type veth peer name two netns "$(cat /run/router)"
      for port in one two; do "\${router[@]}" ip link set $port master home up; done
      "\${router[@]}" sysctl -q net.ipv6.conf.all.forwarding=1 2>/dev/null || true
      ip link set home up; "\${router[@]}" ip link set home up; "\${lan[@]}" ip link set home up
      "\${router[@]}" ip link set lo up; "\${lan[@]}" ip link set lo up
      give() { local host=$1; shift; "$@" ip address add 192.168.7.$host/24 dev home
        for net in fd00:7:: 2001:db8:7::; do "$@" ip address add $net$host/64 dev home nodad; done; }
      give 2 env; give 1 "\${router[@]}"; give 20 "\${lan[@]}"
      ip address add 203.0.113.2/24 dev home
      "\${router[@]}" ip address add 203.0.113.1/24 dev home; "\${lan[@]}" ip address add 203.0.113.20/24 dev home
      for address in ${world.v4} 169.254.169.254 168.63.129.16; do "\${router[@]}" ip address add $address/32 dev lo; done
      for address in ${world.v6} fd00:ec2::254; do "\${router[@]}" ip address add $address/128 dev lo; done
      for name in router lan; do nsenter --target "$(cat /run/$name)" --net python3 /server.py ${ports.join(" ")} >/dev/null 2>&1 & done
      local=$("\${router[@]}" ip -6 address show dev home scope link | grep -o 'fe80[^/]*')
      ip route add default via 192.168.7.1
      ip -6 route add default via "$local" dev home
      until timeout 1 bash -c '</dev/tcp/${world.v4}/80 && </dev/tcp/${world.v6}/80 && </dev/tcp/2001:db8:7::20/80' 2>/dev/null; do sleep 0.2; done`);
    await body(machine, async (user, place, ...ports) =>
      (await machine.must(`runuser -u ${user} -- python3 /reach.py ${place} ${ports.join(" ")}`)).trim(),
    );
  });
}
