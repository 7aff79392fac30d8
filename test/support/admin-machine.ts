import { readFile } from "node:fs/promises";
import { type Machine, startMachine } from "./machine.ts";
import { defaultEnvironment } from "./scratch-root.ts";

const scripts = [
  "scripts/common.sh",
  "scripts/admin-access.sh",
  "scripts/firewall.sh",
  "scripts/update-file.sh",
  "scripts/rescue.sh",
  "scripts/egress.sh",
  "scripts/egress-limits.sh",
  "first-boot/20-admin.sh",
];

/** A machine as {@link startMachine} makes it, with the sensor's scripts, its settings and a key for the admin. */
export async function withMachine(body: (machine: Machine) => Promise<void>): Promise<void> {
  const machine = await startMachine();
  try {
    await configure(machine, {});
    for (const file of scripts)
      await machine.write(
        `/opt/honeypot/${file}`,
        await readFile(`templates/opt/honeypot/${file}`, "utf8"),
        "0700",
      );
    const dropIn = await readFile("templates/etc/ssh/sshd_config.d/10-honeypot.conf.mustache", "utf8");
    await machine.write(
      "/etc/ssh/sshd_config.d/10-honeypot.conf",
      dropIn.replace("{{admin_user}}", "analyst"),
    );
    await machine.write("/usr/local/bin/systemctl", systemctl, "0755");
    await machine.write("/usr/local/bin/sleep", shortSleep, "0755");
    await machine.must(
      "ssh-keygen -q -t ed25519 -N '' -f /root/key; install -D -m 0644 /root/key.pub /etc/honeypot/authorized_keys",
    );
    await machine.must("install -D -m 0600 /root/key.pub /root/.ssh/authorized_keys");
    await body(machine);
  } finally {
    await machine.stop();
  }
}

// The pause between two tries of a login takes a fifth of its second.
const shortSleep = `#!/bin/bash
if [[ "$*" == 1 ]]; then set -- 0.2; fi
exec /usr/bin/sleep "$@"
`;

// Replaces systemd, which does not run here: restarts the real sshd, unless /deaf keeps the new port silent.
const systemctl = `#!/bin/bash
printf '%s\\n' "$*" >>/calls
case "$*" in
  "is-enabled --quiet ssh.socket") test -e /socket ;;
  "start honeypot-admin-access.service") /opt/honeypot/scripts/admin-access.sh ;;
  "restart ssh.service" | "restart ssh.socket")
    if test -s /run/sshd.pid; then kill "$(cat /run/sshd.pid)"; while kill -0 "$(cat /run/sshd.pid)"; do sleep 0.1; done 2>/dev/null; fi
    if test -e /deaf && grep -q '^Port 12222' /etc/ssh/sshd_config; then exit 1; fi
    /usr/sbin/sshd ;;
esac
`;

/** Rewrites `/etc/default/honeypot` with the defaults, overridden by these values. */
export async function configure(machine: Machine, changes: Readonly<Record<string, string>>): Promise<void> {
  const lines = Object.entries({ ...defaultEnvironment, ...changes }).map(
    ([name, value]) => `${name}="${value}"\n`,
  );
  await machine.write("/etc/default/honeypot", lines.join(""));
}

/** What a command says to a user who logs in from the machine itself. */
export async function ssh(machine: Machine, user: string, command: string, options = ""): Promise<string> {
  const known =
    "-o StrictHostKeyChecking=no -o UserKnownHostsFile=/dev/null -o LogLevel=ERROR -o BatchMode=yes";
  const { stdout, stderr } = await machine.run(
    `ssh -F none ${known} -i /root/key ${options} -p 12222 "$1@127.0.0.1" "$2"`,
    user,
    command,
  );
  return stdout + stderr;
}

/** A machine with sshd on its admin port, something on port 2222, and a neighbour in four networks who tries them. */
export async function withNeighbour(
  allowFrom: string,
  body: (machine: Machine, reach: () => Promise<string>) => Promise<void>,
): Promise<void> {
  await withMachine(async (machine) => {
    await configure(machine, { ADMIN_ALLOW_FROM: allowFrom });
    await machine.must(`echo 'Port 12222' >>/etc/ssh/sshd_config; echo 'Port 2222' >>/etc/ssh/sshd_config; systemctl restart ssh.service
      unshare --net sleep infinity >/dev/null 2>&1 & neighbour=$!
      echo $neighbour >/run/neighbour
      until [[ "$(readlink /proc/$neighbour/ns/net)" != "$(readlink /proc/self/ns/net)" ]]; do sleep 0.05; done
      ip link add inside type veth peer name outside netns $neighbour
      ip link set inside up
      nsenter --target $neighbour --net ip link set outside up
      for net in 198.51.100 203.0.113; do
        ip address add $net.1/24 dev inside
        nsenter --target $neighbour --net ip address add $net.9/24 dev outside
      done
      for net in 2001:db8:1: 2001:db8:2:; do
        ip address add $net:1/64 dev inside nodad
        nsenter --target $neighbour --net ip address add $net:9/64 dev outside nodad
      done`);
    const reach = () =>
      machine.must(`from=(nsenter --target "$(cat /run/neighbour)" --net)
        try() { "\${@:4}" timeout 2 bash -c 'read -r line <"/dev/tcp/$0/$1" && [[ $line == SSH-* ]]' "$2" "$3" 2>/dev/null && echo "$1"; }
        { try allowed4 198.51.100.1 12222 "\${from[@]}" & try refused4 203.0.113.1 12222 "\${from[@]}" &
          try allowed6 2001:db8:1::1 12222 "\${from[@]}" & try refused6 2001:db8:2::1 12222 "\${from[@]}" &
          try lo4 127.0.0.1 12222 & try lo6 ::1 12222 & try honeypot 203.0.113.1 2222 "\${from[@]}" & wait; } | sort | xargs`);
    await body(machine, reach);
  });
}
