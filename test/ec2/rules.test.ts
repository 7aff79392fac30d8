import { suite } from "uvu";
import * as assert from "uvu/assert";
import { groupName, type Rule, ruleChanges, rulesOf, tooManyRules } from "../../src/ec2/rules.ts";
import { reachesOf } from "../../src/ec2/sensor-of.ts";
import { sampleSensor } from "../support/ec2-sample.ts";
import { planOf } from "../support/example-plan.ts";
import { ed25519Key } from "../support/keys.ts";

const test = suite("ec2/rules");

const text = ({ protocol, from, to, cidr }: Rule) => `${protocol} ${from ?? ""}-${to ?? ""} ${cidr}`;

function admin(sshPort: number, allowFrom: readonly string[] | "anywhere") {
  return sampleSensor("fra", { admin: { user: "analyst", sshPort, allowFrom } });
}

// Whether the rules admit a packet from an address, which is matched as a network of one address.
function letsIn(rules: readonly Rule[], protocol: string, port: number, cidr: string): boolean {
  return rules.some(
    (rule) =>
      rule.protocol === protocol &&
      port >= (rule.from ?? 0) &&
      port <= (rule.to ?? 65_535) &&
      (rule.cidr === cidr || rule.cidr === (cidr.includes(":") ? "::/0" : "0.0.0.0/0")),
  );
}

test("leaves a gap at the admin port and opens it to allow_from, for both address families", () => {
  assert.equal(rulesOf(admin(12_222, ["198.51.100.0/24", "2001:db8:40::/48"])).ingress.map(text), [
    "icmp -1--1 0.0.0.0/0",
    "icmpv6 -1--1 ::/0",
    "tcp 0-12221 0.0.0.0/0",
    "tcp 0-12221 ::/0",
    "tcp 12222-12222 198.51.100.0/24",
    "tcp 12222-12222 2001:db8:40::/48",
    "tcp 12223-65535 0.0.0.0/0",
    "tcp 12223-65535 ::/0",
    "udp 0-65535 0.0.0.0/0",
    "udp 0-65535 ::/0",
  ]);
});

for (const port of [1, 22, 1024, 12_222, 65_534, 65_535])
  test(`with the admin port ${port}, every other port is open to everyone and that one only to allow_from`, () => {
    const { ingress } = rulesOf(admin(port, ["198.51.100.0/24"]));
    for (let other = 0; other <= 65_535; other++) {
      if (letsIn(ingress, "tcp", other, "203.0.113.9/32") !== (other !== port))
        assert.unreachable(`port ${other}`);
      if (letsIn(ingress, "tcp", other, "2001:db8::9/128") !== (other !== port))
        assert.unreachable(`port ${other} v6`);
    }
    assert.ok(letsIn(ingress, "tcp", port, "198.51.100.0/24"));
    assert.ok(letsIn(ingress, "udp", port, "203.0.113.9/32"));
  });

test("opens the admin port to everyone when allow_from says anywhere", () => {
  const { ingress } = rulesOf(admin(12_222, "anywhere"));
  assert.ok(letsIn(ingress, "tcp", 12_222, "203.0.113.9/32"));
  assert.is(ingress.filter(({ protocol }) => protocol === "tcp").length, 2);
});

test("allows outgoing traffic only to web, names, time and the sensor's servers", () => {
  const sensor = sampleSensor("fra", { reaches: [{ protocol: "tcp", port: 2222 }] });
  const v4 = rulesOf(sensor).egress.filter(({ cidr }) => cidr === "0.0.0.0/0");
  assert.equal(v4.map(text).sort(), [
    "tcp 2222-2222 0.0.0.0/0",
    "tcp 443-443 0.0.0.0/0",
    "tcp 53-53 0.0.0.0/0",
    "tcp 80-80 0.0.0.0/0",
    "udp 123-123 0.0.0.0/0",
    "udp 53-53 0.0.0.0/0",
  ]);
});

test("the sensor's servers are those of transfer, siem and notify.mail", async () => {
  const plan = await planOf({
    name: "a",
    target: "ec2",
    admin: { ssh_keys: [ed25519Key], allow_from: ["198.51.100.0/24"] },
    transfer: {
      host: "backup.example.org",
      port: 2022,
      user: "u",
      path: "/a",
      generate_key: true,
      host_key: ed25519Key,
    },
    siem: { logstash: "192.0.2.7:5044", plaintext: true },
    notify: { mail: { host: "mail.example.org", from: "a@example.org", to: ["b@example.org"] } },
  });
  assert.equal(
    reachesOf(plan).map(({ port }) => port),
    [2022, 5044, 587],
  );
});

test("lets everything out when the settings say so", () => {
  assert.equal(rulesOf(sampleSensor("fra", { ec2: { egress: "anywhere" } })).egress.map(text), [
    "-1 - 0.0.0.0/0",
    "-1 - ::/0",
  ]);
});

test("writes networks as EC2 answers them, so that a rule that exists is recognised", () => {
  const { ingress } = rulesOf(admin(12_222, ["2001:DB8:0040:0::/48", "198.51.100.7"]));
  const cidrs = ingress.filter(({ from }) => from === 12_222).map(({ cidr }) => cidr);
  assert.equal(cidrs, ["198.51.100.7/32", "2001:db8:40::/48"]);
});

test("names a group for its rules, whatever the order of allow_from", () => {
  const one = groupName(rulesOf(admin(12_222, ["198.51.100.0/24", "203.0.113.0/24"])));
  assert.is(groupName(rulesOf(admin(12_222, ["203.0.113.0/24", "198.51.100.0/24", "203.0.113.0/24"]))), one);
  assert.is.not(groupName(rulesOf(admin(12_223, ["198.51.100.0/24", "203.0.113.0/24"]))), one);
  assert.match(one, /^sensorbake-[0-9a-f]{16}$/);
});

test("returns missing and extra rules, and recognises ICMPv6 by its number", () => {
  const { ingress } = rulesOf(admin(12_222, ["198.51.100.0/24"]));
  const actual = [
    ...ingress.slice(1).map((rule) => (rule.protocol === "icmpv6" ? { ...rule, protocol: "58" } : rule)),
    { protocol: "tcp", from: 12_222, to: 12_222, cidr: "0.0.0.0/0" },
  ];
  const { missing, extra } = ruleChanges(ingress, actual);
  assert.equal(missing.map(text), ["icmp -1--1 0.0.0.0/0"]);
  assert.equal(extra.map(text), ["tcp 12222-12222 0.0.0.0/0"]);
});

test("refuses more networks than a group has room for", () => {
  const many = Array.from({ length: 57 }, (_, index) => `198.51.100.${index}/32`);
  assert.is(tooManyRules(rulesOf(admin(12_222, many.slice(0, 56)))), undefined);
  assert.match(tooManyRules(rulesOf(admin(12_222, many))) ?? "", "61 ingress rules for IPv4");
});

test.run();
