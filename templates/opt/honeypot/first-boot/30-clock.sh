#!/usr/bin/env bash
# Waits for the right time, which certificates and packages need.
# shellcheck disable=SC2312 # a command that fails says nothing, and nothing is an answer too
set -euo pipefail
# shellcheck source=../scripts/common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
limit="${clock_wait_seconds:-120}" waited=0

until [[ "$(timedatectl show --property=NTPSynchronized --value)" == yes ]]; do
  if ((waited++ >= limit)); then
    log "no time server has answered: going on with the clock as it is"
    break
  fi
  sleep 1
done

# A Pi has no clock of its own: before the date of files it already has, every certificate would be refused.
newer="$(find "${root}"/{usr/lib/os-release,var/lib/dpkg/status,etc/default/honeypot} -newermt '1 hour' 2>/dev/null || true)"
if [[ -n "${newer}" ]]; then
  log "the clock says a day before that of ${newer//$'\n'/, }: can a time server be reached (UDP port 123)?"
  exit 1
fi
