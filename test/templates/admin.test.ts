import { suite } from "uvu";
import * as assert from "uvu/assert";
import { ssh, withMachine } from "../support/admin-machine.ts";
import { machineTools } from "../support/machine.ts";
import { needs } from "../support/needs.ts";

const admin = suite("templates/admin");
const test = needs(...machineTools, "sshd", "ssh", "ssh-keygen", "visudo", "sudo", "nft", "useradd");

const program = "/opt/honeypot/first-boot/20-admin.sh";
// The machine shortens the pauses between tries.
const step = `answer_tries=100 ${program}`;

test(admin, "only the admin can log in, with a key on the admin port", () =>
  withMachine(async (machine) => {
    // Configuration that providers, images and cloud-init leave behind.
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

test(admin, "accepts only the keys of the settings, not those that an image left in the user's home", () =>
  withMachine(async (machine) => {
    await machine.must(step);
    await machine.must(`ssh-keygen -q -t ed25519 -N '' -f /root/other; cp /root/other.pub /etc/honeypot/authorized_keys
      install -D --owner=analyst /root/key.pub ~analyst/.ssh/authorized_keys`);
    assert.match(await ssh(machine, "analyst", "id"), "Permission denied (publickey)");
  }),
);

test(admin, "an existing user keeps its home, and an existing group of its name is used", () =>
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

test(admin, "host keys that a power cut has emptied are recreated, and intact ones stay", () =>
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

// There is no Ubuntu image here: a file tree replaces its socket.
test(admin, "on Ubuntu the socket is restarted, and its stale addresses are gone", () =>
  withMachine(async (machine) => {
    await machine.write("/etc/systemd/system/ssh.socket.d/addresses.conf", "[Socket]\nListenStream=22\n");
    await machine.must(
      `touch /socket; : >/calls; ${step}; test ! -e /etc/systemd/system/ssh.socket.d/addresses.conf`,
    );
    assert.is(
      await machine.must("grep -v is-enabled /calls"),
      "start honeypot-admin-access.service\ndaemon-reload\nstop ssh.service\nrestart ssh.socket\n",
    );
  }),
);

const refusals: readonly (readonly [name: string, prepare: string, message: string])[] = [
  [
    "a port that does not answer",
    "touch /deaf",
    "analyst cannot log in on port 12222: ssh: connect to host 127.0.0.1 port 12222: Connection refused; restored the old configuration",
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
  [
    "a command that a file included elsewhere forces on the admin",
    "echo 'ForceCommand /bin/false' >/etc/ssh/more; printf 'Match User analyst\n  Include /etc/ssh/more\n' >>/etc/ssh/sshd_config",
    "analyst cannot log in on port 12222: ",
  ],
  [
    "an admin whom PAM refuses",
    "echo '-:analyst:ALL' >>/etc/security/access.conf; sed -i '1i account required pam_access.so' /etc/pam.d/sshd",
    "(sshd: Access denied for user analyst by PAM account configuration",
  ],
  [
    "an admin whom a later file of sudo asks for a password",
    "echo 'analyst ALL=(ALL) PASSWD: ALL' >/etc/sudoers.d/99-image",
    "analyst cannot log in on port 12222: sudo: a password is required",
  ],
];
for (const [name, prepare, message] of refusals)
  test(admin, `${name} fails the step, and the old configuration stays`, () =>
    withMachine(async (machine) => {
      const sum = "find /etc/ssh -name '*.conf*' -o -name sshd_config | sort | xargs sha256sum";
      await machine.must("echo 'Port 22' >>/etc/ssh/sshd_config; systemctl restart ssh.service");
      const before = await machine.must(`${prepare}; ${sum}`);
      const { code, stderr } = await machine.run(`answer_tries=10 ${program}`);
      assert.is(code, 1);
      assert.ok(stderr.includes(message), stderr);
      assert.is(await machine.must(sum), before);
      assert.match(
        await machine.must(`timeout 9 bash -c 'read -r line </dev/tcp/127.0.0.1/22; echo "$line"'`),
        "SSH-",
      );
      assert.match(await machine.must("ss -Hltn | awk '{print $4}' | sort"), /^0\.0\.0\.0:22\n\[::\]:22\n$/);
      assert.is(
        await machine.must("ls /run/honeypot /run/honeypot-proof.pub 2>/dev/null || true"),
        "/run/honeypot:\n",
      );
    }),
  );

test(admin, "another program on the admin port that accepts every login does not prove a login", () =>
  withMachine(async (machine) => {
    await machine.must("echo 'Port 22' >>/etc/ssh/sshd_config; systemctl restart ssh.service");
    await machine.must(`ssh-keygen -q -t ed25519 -N '' -f /stranger
      cp "$(command -v sshd)" /strangers; /strangers -f /dev/null -o Port=12222 -o HostKey=/stranger -o PidFile=none \
        -o UsePAM=yes -o AuthorizedKeysFile=/run/honeypot-proof.pub -o ForceCommand='echo 0'`);
    const { code, stderr } = await machine.run(`answer_tries=10 ${program}`);
    assert.is(code, 1);
    assert.ok(stderr.includes("analyst cannot log in on port 12222: Host key verification failed."), stderr);
    assert.match(await machine.must("ss -Hltn 'sport = :22'"), "0.0.0.0:22");
  }),
);

// Known faults of accounts in images: with each of them sshd answers but refuses every login.
const plantings: readonly (readonly [name: string, prepare: string])[] = [
  ["an account that has expired", "chage --expiredate 1 analyst"],
  ["a password that has to be changed", "chage --lastday 0 analyst"],
  [
    "a password that was inactive for too long",
    "chage --lastday 2020-01-01 --maxdays 1 --inactive 0 analyst",
  ],
  ["a shell that is none", "usermod --shell /usr/sbin/nologin analyst"],
  ["UsePAM no", "sed -i '1i UsePAM no' /etc/ssh/sshd_config; usermod --lock analyst"],
  ["a forced command", "printf 'Match User analyst\n  ForceCommand /bin/false\n' >>/etc/ssh/sshd_config"],
  ["a forced folder", "printf 'Match all\nChrootDirectory /var/empty\n' >>/etc/ssh/sshd_config"],
  [
    "the rights of an admin of before",
    "echo 'someone ALL=(ALL:ALL) NOPASSWD: ALL' | install --mode=0440 /dev/stdin /etc/sudoers.d/90-honeypot-admin",
  ],
];
test(admin, "repairs each fault that keeps a key from working, and the account does not expire again", () =>
  withMachine(async (machine) => {
    await machine.must(
      "sed -i 's/^PASS_MAX_DAYS.*/PASS_MAX_DAYS 1/' /etc/login.defs; useradd --create-home analyst",
    );
    for (const [name, prepare] of plantings) {
      await machine.must(`${prepare}; systemctl restart ssh.service`);
      const { code, stderr } = await machine.run(step);
      assert.is(code, 0, `${name}: ${stderr}`);
      assert.is(await ssh(machine, "analyst", "sudo --non-interactive id --user"), "0\n", name);
      assert.is(await machine.must("getent shadow analyst | cut -d: -f3,5,7,8"), ":::\n", name);
    }
  }),
);

test(admin, "a new account does not expire, even in an image with expiring passwords", () =>
  withMachine(async (machine) => {
    await machine.must(
      `sed -i 's/^PASS_MAX_DAYS.*/PASS_MAX_DAYS 1/' /etc/login.defs; echo EXPIRE=2001-01-01 >>/etc/default/useradd; ${step}`,
    );
    assert.is(await machine.must("getent shadow analyst | cut -d: -f3,5,7,8"), ":::\n");
  }),
);

test(
  admin,
  "the key of the login proof is nowhere on the disk, works only from this machine, and is gone when the step is killed",
  () =>
    withMachine(async (machine) => {
      await machine.write("/usr/local/bin/ssh", '#!/bin/bash\necho "$@" >/dialled\nsleep 120\n', "0755");
      // In one shell, which reaps the step like systemd.
      const said = await machine.must(`${step} >/dev/null 2>&1 & until test -e /dialled; do sleep 0.1; done
        find /etc /tmp /var /run -xdev -name key -newer /etc/default/honeypot; find /run/honeypot -name key
        cat /etc/honeypot/authorized_keys /run/honeypot-proof.pub | cut -d' ' -f 1-2
        kill -KILL $!; wait
        for ((i = 0; i < 600; i++)); do
          if [[ ! -e /run/honeypot-proof.pub && -z "$(ss -Hltn 'sport = :12222')" ]]; then exit; fi
          sleep 0.1
        done; exit 1`);
      assert.match(said, /^ssh-ed25519 \S+\nfrom="127\.0\.0\.1,::1" ssh-ed25519\n$/);
      assert.is(await machine.must("ls /run/honeypot"), "");
      await machine.must(`rm /usr/local/bin/ssh; ${step}`);
      assert.is(
        await machine.must("ls /run/honeypot; test -e /run/honeypot-proof.pub || echo gone"),
        "gone\n",
      );
    }),
);

test(admin, "the admin's connection forwards nothing, whatever the image configures", () =>
  withMachine(async (machine) => {
    await machine.write(
      "/etc/ssh/sshd_config.d/00-image.conf",
      "X11Forwarding yes\nAllowTcpForwarding yes\n",
    );
    await machine.must(
      `printf 'Match all\nAllowAgentForwarding yes\nPermitTunnel yes\n' >>/etc/ssh/sshd_config; ${step}`,
    );
    assert.match(await ssh(machine, "analyst", "id", "-W 127.0.0.1:12222"), "forwarding failed");
    assert.match(await ssh(machine, "analyst", "id", "-tt -A"), /uid=/);
    const forwarding =
      "sshd -T -C user=analyst,host=localhost,addr=127.0.0.1 | grep -E 'forwarding|permittunnel' | sort";
    assert.is(
      await machine.must(forwarding),
      "allowagentforwarding no\nallowstreamlocalforwarding no\nallowtcpforwarding no\ndisableforwarding no\npermittunnel no\nx11forwarding no\n",
    );
  }),
);

test(admin, "a connection to the sshd of the login proof does not hold the step's output open", () =>
  withMachine(async (machine) => {
    await machine.must(
      "(until exec 3<>/dev/tcp/127.0.0.1/12222; do sleep 0.05; done; sleep 600) </dev/null >/dev/null 2>&1 &",
    );
    // sshd ends such a connection itself after two minutes.
    const step = "timeout 100 bash -c 'set -o pipefail; /opt/honeypot/first-boot/20-admin.sh 2>&1 | cat'";
    const { code, stdout } = await machine.run(step);
    assert.is(code, 0, stdout);
  }),
);

test(admin, "the sshd of the login proof listens on the loopback address only", () =>
  withMachine(async (machine) => {
    await machine.must(
      "(while :; do ss -Hltn sport = :12222 | awk '{ print $4 }' | sort | xargs; sleep 0.02; done) >/seen 2>/dev/null </dev/null &",
    );
    await machine.must(step);
    const seen = (await machine.must("cat /seen")).split("\n").filter((line) => line !== "");
    assert.is(seen[0], "127.0.0.1:12222");
  }),
);

test(admin, "changes nothing without a readable key", () =>
  withMachine(async (machine) => {
    await machine.write("/etc/honeypot/authorized_keys", "\n");
    const { code, stderr } = await machine.run(step);
    assert.is(code, 1);
    assert.match(stderr, "authorized_keys has no public key");
    assert.is((await machine.run("id analyst || grep '^Port' /etc/ssh/sshd_config")).stdout, "");
  }),
);

test(admin, "without sudo the step continues, and grants the right once sudo is installed", () =>
  withMachine(async (machine) => {
    await machine.must(`mv /usr/bin/sudo /usr/bin/sudo.away; rm -r /etc/sudoers.d; ${step}`);
    await machine.must(`mv /usr/bin/sudo.away /usr/bin/sudo; mkdir -p /etc/sudoers.d; ${step}`);
    assert.is(await ssh(machine, "analyst", "sudo --non-interactive id --user"), "0\n");
  }),
);

admin.run();
