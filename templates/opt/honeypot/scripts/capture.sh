#!/usr/bin/env bash
# Runs as root before each start of the capture: may it start, and on which interface? The unit then runs tcpdump.
# shellcheck disable=SC2312 # an ip that fails says nothing, and nothing is an answer too
set -euo pipefail
# shellcheck source=common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"

refuse() {
  record capture failed "$1"
  log "$1"
  exit 1
}

# The first hop of the best default route: ip lists them by metric. IPv4 comes first, a link without carrier last.
default_device() {
  local routes
  routes="$(ip -4 -oneline route show default && ip -6 -oneline route show default)"
  routes="$(grep --invert-match linkdown <<<"${routes}" || true) ${routes}"
  if [[ "${routes}" =~ " dev "([^ ]+) ]]; then printf '%s\n' "${BASH_REMATCH[1]}"; fi
}

# All files are closed now. As root's they cannot be overwritten by a capture that starts in a second that was there
# before (a Pi has no clock): that one fails, and systemd starts it again a little later.
find "${dumps}" -maxdepth 1 -type f -name '*.pcap*' ! -user root -exec chown --no-dereference root -- {} +
device="${CAPTURE_INTERFACE}" used="$(used_percent "${dumps}")"
if ((used >= DISK_MAX_USED_PERCENT)); then refuse "disk is ${used}% full, the limit is ${DISK_MAX_USED_PERCENT}%"; fi
if [[ "${device}" == auto ]]; then device="$(default_device)"; fi
if [[ -z "${device}" ]]; then refuse "no default route yet"; fi
if [[ -z "$(ip link show dev "${device}" up 2>/dev/null)" ]]; then refuse "interface ${device} is not up"; fi
filter="${CAPTURE_FILTER}" env="${root}/run/honeypot/capture.env"
# transfer.sh wrote it: here a name server might be out of reach.
if [[ -e "${state}/transfer.filter" ]]; then filter+="$(<"${state}/transfer.filter")"; fi
error="$(tcpdump --interface="${device}" --no-promiscuous-mode -d -- "${filter}" 2>&1 >/dev/null)" ||
  refuse "filter does not compile: ${error}"
printf 'CAPTURE_DEVICE="%s"\n' "${device}" >"${env}"
if [[ "${filter}" != "${CAPTURE_FILTER}" ]]; then printf 'CAPTURE_FILTER="%s"\n' "${filter//\\/\\\\}" >>"${env}"; fi
record capture ok "capturing on ${device}"
