#!/usr/bin/env bash
# Runs as root before each start of the capture: may it start, and on which interface? The unit then runs tcpdump.
set -euo pipefail
# shellcheck source=common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"

refuse() {
  record capture failed "$1"
  log "$1"
  exit 1
}

# The device of the default route with the lowest metric, IPv4 first; a link without carrier comes last.
default_device() {
  local family device
  for family in -4 -6; do
    device="$(ip "${family}" -oneline route show default | awk '
      $1 == "default" {
        device = ""; metric = / (linkdown|dead)( |$)/ ? 2 ^ 33 : 0
        for (i = 2; i < NF; i++) {
          if ($i == "dev" && device == "") device = $(i + 1)
          if ($i == "metric") metric += $(i + 1)
        }
        if (device != "" && (best == "" || metric < least)) { best = device; least = metric }
      }
      END { print best }')"
    if [[ -n "${device}" ]]; then break; fi
  done
  printf '%s\n' "${device}"
}

main() {
  local used device="${CAPTURE_INTERFACE}" link error
  # All files are closed now. As root's they cannot be overwritten by a capture that starts in a second that was there
  # before (a Pi has no clock): that one fails, and systemd starts it again a little later.
  find "${dumps}" -maxdepth 1 -type f -name '*.pcap*' ! -user root -exec chown --no-dereference root -- {} +
  used="$(used_percent "${dumps}")"
  if ((used >= DISK_MAX_USED_PERCENT)); then refuse "disk is ${used}% full, the limit is ${DISK_MAX_USED_PERCENT}%"; fi
  if [[ "${device}" == auto ]]; then device="$(default_device)"; fi
  if [[ -z "${device}" ]]; then refuse "no default route yet"; fi
  link="$(ip -oneline link show dev "${device}" up 2>/dev/null || true)"
  if [[ -z "${link}" ]]; then refuse "interface ${device} is not up"; fi
  error="$(tcpdump --interface="${device}" --no-promiscuous-mode -d -- "${CAPTURE_FILTER}" 2>&1 >/dev/null)" ||
    refuse "filter does not compile: ${error}"
  printf 'CAPTURE_DEVICE="%s"\n' "${device}" >"${root}/run/honeypot/capture.env"
  record capture ok "capturing on ${device}"
}

main
