#!/usr/bin/env bash
# Waits until honeypot-status finds nothing bad, except that the first boot has not ended: that ends with this. An
# interface or a filter that the capture cannot use is not mended by another try of the first boot.
# shellcheck disable=SC2312 # grep finds nothing where nothing is bad
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
log "not right: ${bad//$'\n'/; }"
exit 1
