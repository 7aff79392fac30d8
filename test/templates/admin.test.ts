import { suite } from "uvu";
import * as assert from "uvu/assert";
import { configure, ssh, withMachine, withNeighbour } from "../support/admin-machine.ts";
import { machineTools } from "../support/machine.ts";
import { needs } from "../support/needs.ts";

const admin = suite("the admin user, sshd and who may reach it");
const test = needs(...machineTools, "sshd", "ssh", "ssh-keygen", "visudo", "sudo", "nft", "useradd");

const step = "/opt/honeypot/first-boot/20-admin.sh";

test(admin, "the admin logs in with a key on the admin port, and nobody in any other way", () =>
  withMachine(async (machine) => {
    // What providers, images and cloud-init are known to leave behind.
    await machine.write(
      "/etc/ssh/sshd_config.d/00-image.conf",
      "PermitRootLogin yes\nPort=2200\nAllowUsers ubuntu\n",
    );
    await machine.write("/etc/ssh/sshd_config.d/50-cloud-init.conf", "PasswordAuthentication yes\n");
    await machine.must(`printf '%s\n' 'Port 22' 'listenaddress 0.0.0.0:2201' 'ListenAddress [::]:2202' 'ListenAddress ::' \
      'ListenAddress 0.0.0.0' 'Match Address 127.0.0.0/8' '  PasswordAuthentication yes' >>/etc/ssh/sshd_config
      systemctl restart ssh.service; echo 'root:secret' | chpasswd`);
    await machine.must(step);

    assert.is(await ssh(machine, "analyst", "sudo --non-interactive id --user"), "0\n");
    assert.match(await ssh(machine, "root", "id"), "Permission denied (publickey)");
    const password = "-o PubkeyAuthentication=no -o PreferredAuthentications=password,keyboard-interactive";
    assert.match(await ssh(machine, "analyst", "id", password), "Permission denied (publickey)");
    const here = "sshd -T -C user=analyst,host=localhost,addr=127.0.0.1";
    assert.is(await machine.must(`${here} | grep ^passwordauth`), "passwordauthentication no\n");
    assert.is(await machine.must("ss -Hltn | awk '{print $4}' | sort"), "0.0.0.0:12222\n[::]:12222\n");
    assert.is(await machine.must("head -1 /etc/ssh/sshd_config"), "Port 12222\n");
    assert.match(await machine.must("id analyst"), /groups=.*\(analyst\),.*\(sudo\)/);
    assert.match(await machine.must("getent shadow analyst"), /^analyst:!/);
    assert.is(await machine.must("stat -c '%a %U %G' /etc/sudoers.d/90-honeypot-admin"), "440 root root\n");
  }),
);

test(admin, "a second run changes nothing and restarts nothing", () =>
  withMachine(async (machine) => {
    await machine.must(step);
    const look = "find /etc /home -newermt '2 hours ago' -type f -printf '%p %i %m %U %T@ %C@\n' | sort";
    const before = await machine.must(`${look}; : >/calls`);
    await machine.must(step);
    assert.match(before, "/etc/sudoers.d/90-honeypot-admin");
    assert.is(await machine.must(look), before);
    assert.not.match(await machine.must("cat /calls"), "restart");
  }),
);

test(admin, "only the keys of the settings let anyone in, not those an image left in the user's home", () =>
  withMachine(async (machine) => {
    await machine.must(step);
    await machine.must(`ssh-keygen -q -t ed25519 -N '' -f /root/other; cp /root/other.pub /etc/honeypot/authorized_keys
      install -D --owner=analyst /root/key.pub ~analyst/.ssh/authorized_keys`);
    assert.match(await ssh(machine, "analyst", "id"), "Permission denied (publickey)");
  }),
);

test(admin, "a user that was there before keeps its home, and a group of its name is used", () =>
  withMachine(async (machine) => {
    await machine.must(
      "groupadd analyst; useradd --create-home --gid analyst --home-dir /srv/analyst analyst",
    );
    await machine.must(step);
    assert.is(await machine.must("getent passwd analyst | cut -d: -f6"), "/srv/analyst\n");
    assert.is(await ssh(machine, "analyst", "id --user --name"), "analyst\n");
  }),
);

test(admin, "sshd that had not been restarted after the change is restarted", () =>
  withMachine(async (machine) => {
    await machine.must(`${step}; cp /etc/ssh/sshd_config /new; sed -i '/^Port/d' /etc/ssh/sshd_config
      systemctl restart ssh.service; cp /new /etc/ssh/sshd_config; ${step}`);
    assert.is(await ssh(machine, "analyst", "id --user --name"), "analyst\n");
  }),
);

test(admin, "host keys that a power cut has emptied are made anew, those that are well stay", () =>
  withMachine(async (machine) => {
    await machine.must("ssh-keygen -A; for file in /etc/ssh/ssh_host_*; do : >$file; done");
    await machine.must(step);
    assert.is(await ssh(machine, "analyst", "id --user --name"), "analyst\n");
    const sums = "sha256sum /etc/ssh/ssh_host_*";
    const before = await machine.must(sums);
    await machine.must(step);
    assert.is(await machine.must(sums), before);
  }),
);

// No image of Ubuntu can be had here: its socket is a stand-in over a file tree.
test(admin, "on Ubuntu the socket is restarted, and its stale addresses are gone", () =>
  withMachine(async (machine) => {
    await machine.write("/etc/systemd/system/ssh.socket.d/addresses.conf", "[Socket]\nListenStream=22\n");
    await machine.must(
      `touch /socket; : >/calls; ${step}; test ! -e /etc/systemd/system/ssh.socket.d/addresses.conf`,
    );
    assert.is(
      await machine.must("grep -v is-enabled /calls"),
      "daemon-reload\nstop ssh.service\nrestart ssh.socket\n",
    );
  }),
);

const refusals: readonly (readonly [name: string, prepare: string, message: string])[] = [
  [
    "a port that does not answer",
    "touch /deaf",
    "sshd does not answer on port 12222; the old configuration is back",
  ],
  [
    "a configuration that sshd refuses",
    "echo 'Bogus yes' >/etc/ssh/sshd_config.d/70-other.conf",
    "sshd refuses its configuration: /etc/ssh/sshd_config.d/70-other.conf: line 1: Bad configuration option: Bogus",
  ],
  [
    "a second port from a file that is included elsewhere",
    "echo 'Port 2200' >/etc/ssh/more; echo 'Include /etc/ssh/more' >>/etc/ssh/sshd_config",
    'sshd would have "port 12222, port 2200", not "port 12222"',
  ],
  [
    "a second address from a file that is included elsewhere",
    "echo 'ListenAddress 127.0.0.1:22' >/etc/ssh/more; echo 'Include /etc/ssh/more' >>/etc/ssh/sshd_config",
    'sshd would also have "listenaddress 127.0.0.1:22"',
  ],
];
for (const [name, prepare, message] of refusals)
  test(admin, `${name} fails the step, and the old configuration stays`, () =>
    withMachine(async (machine) => {
      const sum = "find /etc/ssh -name '*.conf*' -o -name sshd_config | sort | xargs sha256sum";
      await machine.must("echo 'Port 22' >>/etc/ssh/sshd_config; systemctl restart ssh.service");
      const before = await machine.must(`${prepare}; ${sum}`);
      const { code, stderr } = await machine.run(`answer_tries=2 ${step}`);
      assert.is(code, 1);
      assert.ok(stderr.includes(message), stderr);
      assert.is(await machine.must(sum), before);
      assert.is(await ssh(machine, "analyst", "id --user --name", "-p 22"), "analyst\n");
    }),
  );

test(admin, "without a key that can be read nothing is touched", () =>
  withMachine(async (machine) => {
    await machine.write("/etc/honeypot/authorized_keys", "\n");
    const { code, stderr } = await machine.run(step);
    assert.is(code, 1);
    assert.match(stderr, "authorized_keys has no public key");
    assert.is((await machine.run("id analyst || grep '^Port' /etc/ssh/sshd_config")).stdout, "");
  }),
);

test(admin, "without sudo the step goes on, and gives the right when sudo has come", () =>
  withMachine(async (machine) => {
    await machine.must("mv /usr/sbin/visudo /usr/sbin/visudo.away; rm -r /etc/sudoers.d");
    await machine.must(step);
    await machine.must(`mv /usr/sbin/visudo.away /usr/sbin/visudo; mkdir -p /etc/sudoers.d; ${step}`);
    assert.is(await ssh(machine, "analyst", "sudo --non-interactive id --user"), "0\n");
  }),
);

const load = "/opt/honeypot/scripts/admin-access.sh";

test(admin, "only the admin networks reach the admin port, and everyone the others", () =>
  withNeighbour("198.51.100.0/24 2001:db8:1::/48", async (machine, reach) => {
    assert.is(await reach(), "allowed4 allowed6 honeypot lo4 lo6 refused4 refused6\n");
    await machine.must(load);
    assert.is(await reach(), "allowed4 allowed6 honeypot lo4 lo6\n");
    await machine.must(load);
    assert.is(await machine.must("nft list table inet honeypot_admin | grep -c saddr"), "2\n");
  }),
);

test(admin, "the rules are independent of iptables, and a reload replaces them whole", () =>
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
  test(admin, `"${networks}" is refused, and the rules that were there stay`, () =>
    withNeighbour("198.51.100.0/24", async (machine, reach) => {
      await machine.must(load);
      await configure(machine, { ADMIN_ALLOW_FROM: networks });
      assert.is.not((await machine.run(load)).code, 0);
      assert.is(await reach(), "allowed4 honeypot lo4 lo6\n");
    }),
  );

admin.run();
