import { readFile } from "node:fs/promises";
import * as assert from "uvu/assert";
import { standInFolder } from "./dshield-stand-in.ts";
import { type Machine, machineTools, startMachine } from "./machine.ts";
import { defaultEnvironment, type Outcome } from "./scratch-root.ts";

/** The requirements of {@link startSensor}, for `needs(...)`. */
export const installationTools = [
  ...machineTools,
  "git",
  "iptables-restore",
  "openssl",
  "python3",
  "sudo",
  "useradd",
  "visudo",
] as const;

export const step = "/opt/honeypot/first-boot/50-dshield.sh";
export const apiKey = "Ab+c/123==";
export const state = "/var/lib/honeypot/state";
export const ini = "/srv/dshield/etc/dshield.ini";

/** Runs the step. `settings` are assignments of bash, or `; command`. */
export type Install = (settings?: string) => Promise<Outcome>;

/** Runs a test on the machine of {@link startSensor}. */
export async function withSensor(
  body: (machine: Machine, install: Install) => Promise<void>,
  settings: Readonly<Record<string, string>> = {},
): Promise<void> {
  const { machine, install } = await startSensor(settings);
  try {
    await body(machine, install);
  } finally {
    await machine.stop();
  }
}

/** A machine with a clone of the stand-in, one interface, a service that accepts the key, and a systemctl that logs its calls. */
export async function startSensor(
  settings: Readonly<Record<string, string>>,
): Promise<{ readonly machine: Machine; readonly install: Install }> {
  const machine = await startMachine();
  try {
    const environment = { ...defaultEnvironment, ...dshieldEnvironment, ...settings };
    await machine.write(
      "/etc/default/honeypot",
      Object.entries(environment)
        .map(([name, value]) => `${name}="${value}"\n`)
        .join(""),
    );
    for (const file of ["scripts/common.sh", "first-boot/50-dshield.sh"])
      await machine.write(
        `/opt/honeypot/${file}`,
        await readFile(`templates/opt/honeypot/${file}`, "utf8"),
        "0700",
      );
    const library = "/usr/local/lib/honeypot/foreign.py";
    await machine.write(library, await readFile(`templates${library}`, "utf8"));
    await machine.write("/etc/honeypot/secrets/dshield_api_key", `${apiKey}\n`, "0600");
    await machine.write("/answer", "<info><result>ok</result><id>123456</id></info>");
    await machine.write("/usr/local/bin/curl", curl, "0755");
    await machine.write("/usr/local/bin/systemctl", systemctl, "0755");
    await machine.write("/usr/local/bin/apt", "#!/bin/bash\n", "0755");
    await machine.must(
      `mkdir -p ${state} /opt/honeypot/src /etc/network /usr/share/dict
        rm -rf /etc/network/iptables* /srv/cowrie* /srv/web /srv/dshield /srv/log
        yes gamma | head --lines=70000 >/usr/share/dict/american-english
        cp -r "$1" /opt/honeypot/src/dshield
        cd /opt/honeypot/src/dshield
        git init --quiet && git add . && git -c user.name=t -c user.email=t@example.org commit --quiet --message=stand-in
        printf 'Port 12222\\n' >/etc/ssh/sshd_config
        echo 0123456789abcdef0123456789abcdef >/etc/machine-id
        echo "127.0.0.1 localhost $(hostname)" >/etc/hosts
        echo nameserver 127.0.0.1 >/etc/resolv.conf
        ip link add eth0 type veth peer name peer && ip link set eth0 up && ip link set peer up
        ip address add 192.0.2.10/24 dev eth0 && ip route add default via 192.0.2.1`,
      standInFolder,
    );
    return {
      machine,
      install: (more = "") => machine.run(`export dshield_pause=0 ${more}; ${step}`),
    };
  } catch (error) {
    await machine.stop();
    throw error;
  }
}

const dshieldEnvironment = {
  DSHIELD_EMAIL: "analyst@example.org",
  DSHIELD_USER_ID: "123456",
  DSHIELD_CHECK_KEY: "true",
  DSHIELD_CERTIFICATE: "US/Texas/Austin/Internet Services/IT",
  DSHIELD_TELNET: "true",
  DSHIELD_VELOCIRAPTOR: "false",
};

const curl = `#!/bin/bash
echo "$*" >/curl
if [[ "$(</answer)" == FAIL ]]; then echo 'curl: (6) Could not resolve host: isc.sans.edu' >&2; printf ' 000'; exit 6; fi
cat /answer
if ! grep --quiet ' [0-9][0-9][0-9]$' /answer; then printf ' 200'; fi
`;

const systemctl = `#!/bin/bash
printf '%s\\n' "$*" >>/calls
if [[ "$*" == is-enabled* ]]; then echo disabled; exit 1; fi
`;

/** Fails if an installation left rights, configuration or swap on the machine. */
export async function hasTidiedUp(machine: Machine): Promise<void> {
  const left =
    "ls /etc/sudoers.d/90-honeypot-dshield /etc/apt/apt.conf.d/90-honeypot-dshield /etc/needrestart/conf.d/90* /var/honeypot.swap 2>/dev/null; ip route show 10.255.255.0/24";
  assert.is(await machine.must(left), "");
  await machine.must("visudo --check --quiet");
}
