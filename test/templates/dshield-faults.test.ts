import { suite } from "uvu";
import * as assert from "uvu/assert";
import {
  apiKey,
  hasTidiedUp,
  ini,
  installationTools,
  state,
  step,
  withSensor,
} from "../support/dshield-installation.ts";
import { needs } from "../support/needs.ts";

// Installers that fail or hang, power cuts, and attacks by the account of the installer and of cowrie.
const dshield = suite("first-boot/50-dshield, faults");
const test = needs(...installationTools);

const faults: readonly (readonly [fault: string, said: string])[] = [
  ["apt", "the installer ended with exit code 9: ERROR I was unable to install the python3-requests package"],
  ["zip", "the installer ended with exit code 9: Something went wrong downloading cowrie, ZIP corrupt."],
  [
    "no-venv",
    "exit code 0: To check if all is working right:; missing: /srv/cowrie/cowrie-env/bin/twistd, cowrie's Python\n",
  ],
  ["no-certificate", "; missing: /srv/web/combined_stunnel.pem\n"],
  ["no-account", `; missing: the account in ${ini}\n`],
  ["no-web", "; missing: /srv/web/isc_agent.pyz\n"],
  ["no-cron", "; missing: /etc/cron.d/dshield\n"],
];
for (const [fault, said] of faults)
  test(dshield, `an installer with the fault "${fault}" is found out, and the next try makes it good`, () =>
    withSensor(async (machine, install) => {
      await machine.write("/etc/dshield-stand-in", `${fault}\n`);
      const failed = await install();
      assert.is(failed.code, 1);
      const last = await machine.must(`cat ${state}/dshield.last`);
      assert.match(last, / failed the installer ended with exit code /);
      assert.match(last, said);
      assert.not.match(failed.stderr + last, apiKey);
      await hasTidiedUp(machine);
      await machine.must("rm /etc/dshield-stand-in");
      const { code, stderr } = await install();
      assert.is(code, 0, stderr);
    }),
  );

test(dshield, "the retry comes some minutes later, and no account has extra rights meanwhile", () =>
  withSensor(async (machine, install) => {
    await machine.write("/etc/dshield-stand-in", "apt\n");
    await machine.write(
      "/usr/local/bin/sleep",
      '#!/bin/bash\necho "$1" >/slept\nls /etc/sudoers.d >>/slept\n',
      "0755",
    );
    await machine.must("rm -f /etc/sudoers.d/*");
    await install("dshield_pause=");
    assert.is(await machine.must("cat /slept"), "300\n");
  }),
);

test(dshield, "an installer that hangs is ended, with all it has started", () =>
  withSensor(async (machine, install) => {
    await machine.write("/etc/dshield-stand-in", "slow\n");
    const { code } = await install("dshield_timeout=4s");
    assert.is(code, 1);
    assert.match(await machine.must(`cat ${state}/dshield.last`), "the installer ended with exit code 124");
    assert.is(await machine.must("ps -u dshield -o stat=,comm= | grep -v ^Z || true"), "");
    await hasTidiedUp(machine);
  }),
);

test(
  dshield,
  "a power cut in the middle leaves no extra rights and no damaged cache, and the next boot resumes",
  () =>
    withSensor(async (machine, install) => {
      await machine.write("/etc/dshield-stand-in", "slow\n");
      await machine.must(`export dshield_pause=0; ${step} >/dev/null 2>&1 &
      for ((i = 0; i < 300; i++)); do if grep -qs '^check ' /var/log/honeypot_dshield.log; then break; fi; sleep 0.1; done
      test -e /etc/sudoers.d/90-honeypot-dshield
      mv ${ini} ${ini}.2026-01-01_000000`);
      await machine.run("kill -9 -1");
      const piid = await machine.must(`grep -h piid ${ini}.2026-01-01_000000`);
      assert.is((await machine.run("test -e /etc/sudoers.d/90-honeypot-dshield")).code, 0);
      // Like the next boot, before anyone can log in.
      await machine.must("systemd-tmpfiles --boot --remove --create /etc/tmpfiles.d/honeypot-dshield.conf");
      assert.is((await machine.run("test -e /etc/sudoers.d/90-honeypot-dshield")).code, 1);
      // pip does not verify its cache.
      await machine.must("runuser -u dshield -- install -D /dev/null /opt/dshield/.cache/pip/wheel");
      await machine.must("rm /etc/dshield-stand-in");
      const { code, stderr } = await install();
      assert.is(code, 0, stderr);
      await hasTidiedUp(machine);
      assert.match(await machine.must(`cat ${ini}`), `\n${piid}`);
    }),
);

for (const [name, plant] of [
  ["the folder of its ini", "ln -s /canary /srv/dshield/etc"],
  ["its ini", "mkdir /srv/dshield/etc; ln -s /canary/dshield.ini /srv/dshield/etc/dshield.ini"],
  ["its clone", "ln -s /canary /opt/dshield/install"],
  [
    "a file of its clone",
    "mkdir -p /opt/dshield/install/etc; ln -s /canary/dshield.sslca /opt/dshield/install/etc/dshield.sslca",
  ],
] as const)
  test(dshield, `what its account plants in place of ${name} leads root nowhere`, () =>
    withSensor(async (machine, install) => {
      await machine.must(
        `mkdir /canary; for name in dshield.ini dshield.sslca; do echo canary >/canary/$name; chmod 0600 /canary/$name; done
         printf 'u dshield - - /opt/dshield\\n' | systemd-sysusers -; mkdir -p /srv/dshield /opt/dshield
         ${plant}; chown -R --no-dereference dshield: /srv/dshield /opt/dshield`,
      );
      const look = "stat -c '%U %a %n' /canary /canary/*; cat /canary/*; find /canary | wc -l";
      const before = await machine.must(look);
      await install();
      assert.is(await machine.must(look), before);
    }),
  );

test(dshield, "cowrie's account keeps no lock and cannot hold up the installation", () =>
  withSensor(async (machine, install) => {
    // Replaces cowrie's Python: leaves a process that keeps all inherited descriptors and does not end.
    const program = `#!/bin/bash
readlink /proc/self/fd/* >/tmp/given
setsid sleep 1000 &
setsid sleep 1000
`;
    await machine.write("/planted", program, "0755");
    await machine.write("/etc/dshield-stand-in", "replaced-python\n");
    const outcome = await install("cowrie_seconds=2; exec 20>/run/lock/ours; flock 20");
    assert.is(outcome.code, 1);
    assert.match(await machine.must(`cat ${state}/dshield.last`), /missing: cowrie's Python\n$/);
    await hasTidiedUp(machine);
    assert.not.match(await machine.must("cat /tmp/given"), /ours|pipe:/);
    await machine.must("flock --nonblock /run/lock/ours true");
  }),
);

dshield.run();
