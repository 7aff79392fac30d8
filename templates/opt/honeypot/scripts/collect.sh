#!/usr/bin/env bash
# Copies new complete log lines of the honeypot, and finished ttys and downloads, to /var/log/honeypot.
set -euo pipefail
# shellcheck source=common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
shopt -s inherit_errexit
child=""

end() {
  record_end collect
  if [[ -n "${child}" ]]; then { kill -- "${child}" && wait "${child}"; } 2>/dev/null || true; fi
}

take_lock collect
trap end EXIT
begin collect
today="$(date +%F)"
today_utc="$(date --utc +%F)"
# In the background, so that a signal stops it immediately.
python3 -IB "${root}/usr/local/lib/honeypot/collect.py" "${today}" "${today_utc}" &
child=$! code=0
wait "${child}" || code=$?
child=""
if ((code == 1)) && [[ -s "${state}/collect.notes" ]]; then
  read -r message <"${state}/collect.notes"
  message="${message#bad: }"
fi
if ((code)); then exit "${code}"; fi
