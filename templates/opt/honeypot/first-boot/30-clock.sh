#!/usr/bin/env bash
# Waits for the correct time, which certificates and packages need.
# shellcheck disable=SC2310,SC2312 # a failed command prints nothing, which is handled
set -euo pipefail
# shellcheck source=../scripts/common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
limit="${clock_wait_seconds:-120}" waited=0
ask='import email.utils, sys, urllib.error, urllib.request
try: answer = urllib.request.urlopen(urllib.request.Request(sys.argv[1], method="HEAD"), timeout=5)
except urllib.error.HTTPError as error: answer = error
print(int(email.utils.parsedate_to_datetime(answer.headers["Date"]).timestamp()))'

# Whether the package mirror's clock differs from this one by less than five minutes.
mirror_agrees() {
  local date now
  mirror="$({
    # Unlike indextargets, this needs no package lists, which a new image does not have.
    apt-get update --print-uris | sed "s|^'||; s|/dists/.*|/|" || true
    cat -- "${root}"/etc/apt/mirrors/*.list || true
  } 2>/dev/null | grep '^https\?://')" || return 1
  mirror="${mirror%%[[:space:]]*}"
  date="$(timeout 10 python3 -I -c "${ask}" "${mirror}" 2>/dev/null)" || return 1
  now="$(date +%s)"
  [[ "${date}" =~ ^[1-9][0-9]{0,11}$ ]] && ((date - now < 300 && now - date < 300))
}

until [[ "$(timedatectl show --property=NTPSynchronized --value)" == yes ]]; do
  if ((waited >= limit)); then
    log "no time server has responded: continuing with the current clock"
    break
  fi
  # Allows a few seconds for the network and a time server.
  if ((waited == 5 || (waited > 0 && waited % 30 == 0))) && mirror_agrees; then
    log "no time server has responded yet, but the clock agrees with ${mirror}: continuing"
    break
  fi
  waited=$((waited + 1))
  sleep 1
done

# A Pi has no battery-backed clock: with a date before that of its own files, every certificate would be refused.
newer="$(find "${root}"/{usr/lib/os-release,var/lib/dpkg/status,etc/default/honeypot} -newermt '1 hour' 2>/dev/null || true)"
if [[ -n "${newer}" ]]; then
  log "the clock is earlier than the date of ${newer//$'\n'/, }: check that a time server is reachable (UDP port 123)"
  exit 1
fi
