import { readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ed25519Key } from "../support/keys.ts";
import { type OpenStackServer, startOpenStack } from "../support/openstack-server.ts";
import { sensorbake } from "../support/sensorbake.ts";
import { tofuEnvironment, withTofu } from "../support/tofu.ts";
import { type TofuEngine, tofuEngine } from "../support/tofu-engine.ts";

// OpenStack's own provider, which test/tofu/go/build.sh builds from source, at an OpenStack of our own.

const test = suite("tofu/openstack");
let engine: TofuEngine;
let cloud: OpenStackServer;
test.before(async () => {
  cloud = await startOpenStack();
  engine = tofuEngine({ openstack: resolve(".cache/tofu/openstack") }, cloud.environment);
});
test.after(async () => {
  engine.remove();
  await cloud.stop();
});

const settings = (more: object = {}) => ({
  version: 1,
  defaults: {
    delivery: "ssh",
    admin: { ssh_keys: [ed25519Key], allow_from: ["203.0.113.0/24", "2001:db8::/32"] },
    machine: { size: "m1.small", image: "Debian 13", network: "public" },
    ...more,
  },
  sensors: ["one", "two"].map((name) => ({ name, target: "openstack" })),
});

withTofu(
  test,
  "the provider creates the machines and rules, changes only the firewall, and destroys all",
  async () => {
    await engine.write("cloud", settings());
    await engine.init("cloud");
    await engine.apply("cloud");
    const [group, ...others] = [...cloud.groups.values()];
    assert.is(others.length, 0);
    assert.equal(
      [...cloud.rules.values()]
        .map(
          (rule) =>
            `${rule.ethertype} ${rule.protocol} ${rule.port_range_min}-${rule.port_range_max} ${rule.remote_ip_prefix}`,
        )
        .sort(),
      [
        "IPv4 icmp undefined-undefined 0.0.0.0/0",
        "IPv4 tcp 1-12221 0.0.0.0/0",
        "IPv4 tcp 12222-12222 203.0.113.0/24",
        "IPv4 tcp 12223-65535 0.0.0.0/0",
        "IPv4 udp 1-65535 0.0.0.0/0",
        "IPv6 ipv6-icmp undefined-undefined ::/0",
        "IPv6 tcp 1-12221 ::/0",
        "IPv6 tcp 12222-12222 2001:db8::/32",
        "IPv6 tcp 12223-65535 ::/0",
        "IPv6 udp 1-65535 ::/0",
      ],
    );
    for (const server of cloud.servers.values()) {
      const seed = readFileSync(join(engine.folder, `cloud/sensorbake/sensors/${server.name}/user-data`));
      assert.is(server.user_data, seed.toString("base64"));
      assert.equal(server.security_groups, [{ name: group?.name }]);
    }
    await engine.plan("cloud", 0);

    // What apply, status and collect read.
    const words = ["status", join(engine.folder, "cloud.yaml"), "--tofu", join(engine.folder, "cloud")];
    const { stdout } = await sensorbake([...words, "--format", "json", "--timeout", "1"], {
      env: tofuEnvironment,
    });
    const text = stdout.toString();
    for (const { addresses } of cloud.servers.values()) {
      const [{ addr }] = (addresses as { public: [{ addr: string }] }).public;
      assert.ok(text.includes(addr), text);
    }

    const before = [...cloud.servers.keys()];
    const admin = { ssh_keys: [ed25519Key], ssh_port: 2022, allow_from: ["203.0.113.0/24"] };
    await engine.write("cloud", settings({ admin, capture: { keep_days: 3 } }));
    await engine.apply("cloud");
    assert.equal([...cloud.servers.keys()], before);
    assert.ok([...cloud.rules.values()].some((rule) => rule.port_range_min === 2022));
    await engine.tofu("cloud", ["destroy", "-input=false", "-auto-approve"]);
    assert.equal([cloud.servers.size, cloud.rules.size, cloud.groups.size], [0, 0, 0]);
  },
);

test.run();
