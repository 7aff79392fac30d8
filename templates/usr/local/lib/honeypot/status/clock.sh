#!/usr/bin/env bash
# Sourced by honeypot-status: compares the clock with its time server.
# shellcheck disable=SC2154,SC2310,SC2312 # honeypot-status has the variables and functions

check_clock() {
  local said
  # chrony's fifth field is the offset in seconds. timedatectl writes an offset below a minute in s, ms or us.
  said="$(timeout 20 chronyc -c tracking 2>/dev/null || timeout 20 timedatectl timesync-status 2>/dev/null || true)"
  if [[ "${said}" =~ ^([^,]*,){4}-?(([6-9]|[1-9][0-9]+)[0-9])\. || "${said}" =~ (Offset: .)([0-9]+(y|month|w|d|h|min)) ]]; then
    add clock bad "differs from the time server by ${BASH_REMATCH[2]}" timedatectl
  elif [[ "$(exec timeout 20 timedatectl show --property=NTPSynchronized --value 2>/dev/null)" == no ]]; then
    add clock note "not synchronised with a time server" timedatectl
  fi
}

if [[ -e "${state}/first-boot.done" ]]; then check_clock; fi
