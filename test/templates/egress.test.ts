import { suite } from "uvu";
import * as assert from "uvu/assert";
import { configure, withNeighbour } from "../support/admin-machine.ts";
import { type Machine, machineTools } from "../support/machine.ts";
import { needs } from "../support/needs.ts";

// Real nft; the neighbour has the addresses of the metadata services, and something answers there on every port of these.

const egress = suite("what may leave the sensor");
const test = needs(...machineTools, "sshd", "nft", "useradd", "runuser", "python3");

const load = "/opt/honeypot/scripts/egress.sh";
const ports = [53, 80, 443, 4444];
const places = [
  "169.254.169.254",
  "fd00:ec2::254",
  "168.63.129.16",
  "203.0.113.9",
  "192.168.7.9",
  "2001:db8:1::9",
];

test(egress, "nobody reaches the metadata, but names are still resolved there", () =>
  withOutside({ METADATA_BLOCKED: "true" }, async (machine, reach) => {
    assert.is(await reach("root", places[0], 80), "answers");
    await machine.must(load);
    for (const user of ["root", "cowrie", "analyst"]) {
      assert.is(await reach(user, "169.254.169.254", 80), "refused", user);
      assert.is(await reach(user, "fd00:ec2::254", 80), "refused", user);
      assert.is(await reach(user, "169.254.169.254", 53), "answers", user);
      assert.is(await reach(user, "203.0.113.9", 4444), "answers", user);
    }
    assert.is(await reach("cowrie", "168.63.129.16", 80), "refused");
    assert.is(await reach("root", "168.63.129.16", 80), "answers");
  }),
);

test(egress, "cloud-init, which is root, reaches them until it has ended in this boot", () =>
  withOutside({ METADATA_BLOCKED: "true" }, async (machine, reach) => {
    await machine.must(`mkdir /run/cloud-init; ${load}`);
    assert.is(await reach("root", "169.254.169.254", 80), "answers");
    assert.is(await reach("cowrie", "169.254.169.254", 80), "refused");
    await machine.must(`touch /run/cloud-init/result.json; ${load}`);
    assert.is(await reach("root", "169.254.169.254", 80), "refused");
    await machine.must(`rm /run/cloud-init/result.json; touch /run/cloud-init/disabled; ${load}`);
    assert.is(await reach("root", "169.254.169.254", 80), "refused");
  }),
);

test(egress, "restricted, the honeypot reaches the web and names, and no private network", () =>
  withOutside({ EGRESS: "restricted" }, async (machine, reach) => {
    await machine.must(load);
    const wanted: readonly (readonly [user: string, place: string, reached: readonly number[]])[] = [
      ["cowrie", "203.0.113.9", [53, 80, 443]],
      ["webhpot", "203.0.113.9", [53, 80, 443]],
      ["cowrie", "2001:db8:1::9", [53, 80, 443]],
      ["cowrie", "192.168.7.9", [53]],
      ["root", "192.168.7.9", ports],
      ["analyst", "203.0.113.9", ports],
    ];
    for (const [user, place, reached] of wanted)
      for (const port of ports)
        assert.is(
          await reach(user, place, port),
          reached.includes(port) ? "answers" : "nothing",
          `${user} ${place} ${port}`,
        );
    assert.match(
      await machine.must("nft list table inet honeypot_egress"),
      /counter packets [1-9]\d* bytes \d+ drop/,
    );
  }),
);

test(egress, "restricted, whoever knocks at the honeypot still gets its answer", () =>
  withOutside({ EGRESS: "restricted" }, async (machine) => {
    await machine.must(`${load}; runuser -u cowrie -- python3 -c '${server}' 2223 >/dev/null 2>&1 & sleep 1`);
    assert.is(
      await machine.must(
        `nsenter --target "$(cat /run/neighbour)" --net timeout 3 bash -c 'read -r x </dev/tcp/203.0.113.1/2223 && echo "$x"'`,
      ),
      "answers\n",
    );
  }),
);

test(egress, "users that are not there yet are passed over, and a second load changes nothing", () =>
  withOutside({ EGRESS: "restricted" }, async (machine) => {
    await machine.must(`userdel webhpot; ${load}`);
    const before = await machine.must("nft list ruleset");
    await machine.must(load);
    assert.is(await machine.must("nft list ruleset"), before);
    assert.is(await machine.must("grep -c skuid <(nft list ruleset)"), "1\n");
  }),
);

egress.run();

const server =
  'import socket,sys\ns=[]\nfor p in sys.argv[1:]:\n s.append(socket.create_server(("::",int(p)),family=socket.AF_INET6,dualstack_ipv6=True,backlog=99))\nimport select\nwhile True:\n for r in select.select(s,[],[])[0]:\n  c=r.accept()[0];c.sendall(b"answers\\n");c.close()';

async function withOutside(
  changes: Readonly<Record<string, string>>,
  body: (
    machine: Machine,
    reach: (user: string, place: string | undefined, port: number) => Promise<string>,
  ) => Promise<void>,
): Promise<void> {
  await withNeighbour("198.51.100.0/24", async (machine) => {
    await configure(machine, changes);
    await machine.must(`userdel --remove honeypot 2>/dev/null; for user in cowrie webhpot analyst; do useradd "$user"; done
      out() { nsenter --target "$(cat /run/neighbour)" --net "$@"; }
      for net in 169.254.169 168.63.129 192.168.7; do ip address add $net.1/24 dev inside; done
      for address in 169.254.169.254 168.63.129.16 192.168.7.9; do out ip address add $address/24 dev outside; done
      ip address add fd00:ec2::1/64 dev inside nodad; out ip address add fd00:ec2::254/64 dev outside nodad`);
    await machine.write("/server.py", server);
    await machine.must(
      `nsenter --target "$(cat /run/neighbour)" --net python3 /server.py ${ports.join(" ")} >/dev/null 2>&1 & sleep 1`,
    );
    await body(machine, async (user, place = "", port) => {
      const script =
        'said=$(timeout 2 bash -c \'read -r x <"/dev/tcp/$0/$1" && echo "$x"\' "$2" "$3" 2>&1) || { (($? == 124)) && said=nothing || said=refused; }; echo "$said"';
      const { stdout } = await machine.run(
        `runuser -u "$1" -- bash -c ${quote(script)} bash "$1" "$2" "$3"`,
        user,
        place,
        String(port),
      );
      return stdout.trim();
    });
  });
}

function quote(script: string): string {
  return `'${script.replaceAll("'", "'\\''")}'`;
}
