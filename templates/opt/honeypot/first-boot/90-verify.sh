#!/usr/bin/env bash
# Waits until every check of honeypot-status passes except the first boot's own. Ignores an unusable interface or capture
# filter, which a retry of the first boot cannot repair.
# shellcheck disable=SC2312 # grep prints nothing if no check is bad
set -euo pipefail
# shellcheck source=../scripts/common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
limit="${verify_wait_seconds:-60}"

for ((waited = 0; ; waited += 5)); do
  said="$("${root}/usr/local/bin/honeypot-status" || true)"
  bad="$(grep '^!!' <<<"${said}" | grep --invert-match --extended-regexp '^!! capture +(interface|filter) ' || true)"
  if [[ -z "${bad}" && "${said}" == *$'\n.. first boot'* ]]; then exit; fi
  if ((waited >= limit)); then break; fi
  sleep 5
done
log "failed checks: ${bad//$'\n'/; }"
exit 1
