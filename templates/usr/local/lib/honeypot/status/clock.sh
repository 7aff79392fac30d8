#!/usr/bin/env bash
# Sourced by honeypot-status: compares the clock with its time server.
# shellcheck disable=SC2154,SC2310,SC2312 # honeypot-status has the variables and functions

check_clock() {
  local said offset=""
  if [[ ! -e "${state}/first-boot.done" ]]; then return; fi
  if is_active chrony; then
    said="$(timeout 20 chronyc -c tracking 2>/dev/null | cut --delimiter=, --fields=5 || true)"
    if [[ "${said}" =~ ^-?([0-9]{1,12})\. ]] && ((10#${BASH_REMATCH[1]} >= 60)); then offset="$((10#${BASH_REMATCH[1]})) s"; fi
  else
    said="$(timeout 20 timedatectl timesync-status 2>/dev/null || true)"
    # A smaller offset is in s, ms or us.
    if [[ "${said}" =~ Offset:\ [+-]([0-9]+(y|month|w|d|h|min)) ]]; then offset="${BASH_REMATCH[1]}"; fi
  fi
  if [[ -n "${offset}" ]]; then
    add clock bad "differs from the time server by ${offset}" "timedatectl"
  elif [[ "$(timeout 20 timedatectl show --property=NTPSynchronized --value 2>/dev/null)" == no ]]; then
    add clock note "not synchronised with a time server" "timedatectl"
  fi
}

check_clock
