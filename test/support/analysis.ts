// biome-ignore-all lint/suspicious/noTemplateCurlyInString: these are for bash
import { cp } from "node:fs/promises";
import { resolve } from "node:path";
import type { ScratchRoot } from "./scratch-root.ts";

/** Lays stand-ins for the analysis tools, and for the systemd-run that starts them, into a scratch root. */
export async function layAnalysis(root: ScratchRoot): Promise<void> {
  const standIns = resolve("test/support/tools-stand-in");
  for (const name of ["cowrieprocessor", "json_log_country"])
    await cp(`${standIns}/${name}`, root.path(`opt/honeypot/src/${name}`), { recursive: true });
  // There, since a clone may lie where its user has no way.
  await cp(`${standIns}/modules`, root.path("modules"), { recursive: true });
  await root.stub("systemd-run", systemdRun);
}

/** Settings of a sensor with the analysis tools. */
export const analysisSettings = {
  TOOLS_INTERVALS: "cowrieprocessor 86400 json_log_country 604800",
  TOOLS_MAX_MEGABYTES: "256",
  TOOLS_MAX_SECONDS: "8",
  TOOLS_KEEP_DAYS: "90",
  TOOLS_EMAIL: "",
  TOOLS_MAXMIND_ACCOUNT: "123456",
};

// What the script uses of the real one: a user without rights, limits, no network, credentials, and how it says the end.
const systemdRun = `
words=() credentials="$(mktemp --directory)" network=()
until [[ "$1" == -- ]]; do
  value="\${1#*=}"
  case "$1" in
  --setenv=*) words+=("\${value}") ;;
  --property=StateDirectory=*) work="\${HONEYPOT_ROOT}/var/lib/private/\${value#*=}" ;;
  --property=RuntimeMaxSec=*) seconds="\${value#*=}" ;;
  --property=LimitDATA=*M) value="\${value#*=}" bytes="$((\${value%M} << 20))" ;;
  --property=PrivateNetwork=yes) network=(unshare --net) ;;
  --property=LoadCredential=*) value="\${value#*=}"; cp -- "\${value#*:}" "\${credentials}/\${value%%:*}" || exit 243 ;;
  esac
  shift
done
shift
mkdir --parents -- "\${work}"
chmod 0755 -- "\${work}/.."
chown --recursive 65534:65534 "\${work}" "\${credentials}"
cd -- "\${work}"
"\${network[@]}" setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs env --ignore-environment PATH=/usr/bin:/bin \\
  PYTHONDONTWRITEBYTECODE=1 PYTHONPATH="\${HONEYPOT_ROOT}/modules" CREDENTIALS_DIRECTORY="\${credentials}" "\${words[@]}" \\
  timeout --kill-after=2 "\${seconds}" prlimit --data="\${bytes}" "$@"
code=$?
rm --recursive -- "\${credentials}"
case "\${code}" in 0) result=success ;; 124) result=timeout ;; 137) result=oom-kill ;; *) result=exit-code ;; esac
printf 'Finished with result: %s\\nMain processes terminated with: code=exited/status=%s\\n' "\${result}" "\${code}" >&2
exit "\${code}"`;
