#!/usr/bin/env bash
# Waits for the right time, which certificates and packages need, and sets the time zone.
# shellcheck disable=SC2310 # functions are asked questions here, and their failure is the answer
# shellcheck disable=SC2312 # a command that fails says nothing, and nothing is an answer too
set -euo pipefail
# shellcheck source=../scripts/common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
limit="${clock_wait_seconds:-120}"

main() {
  wait_for_time
  set_zone
}

wait_for_time() {
  local waited=0
  until is_synchronized; do
    if ((waited >= limit)) || ! has_service; then
      refuse_the_past
      log "no time server has answered: going on with the clock as it is"
      return
    fi
    sleep 5
    waited=$((waited + 5))
  done
  refuse_the_past
}

is_synchronized() {
  [[ -e "${root}/run/systemd/timesync/synchronized" ]] ||
    [[ "$(timedatectl show --property=NTPSynchronized --value 2>/dev/null)" == yes ]]
}

has_service() {
  systemctl is-active --quiet systemd-timesyncd.service || systemctl is-active --quiet chrony.service ||
    systemctl is-active --quiet ntpsec.service
}

# A Pi has no clock of its own: before the date of files it already has, every certificate would be refused.
refuse_the_past() {
  local file now written
  now="$(date +%s)"
  for file in /usr/lib/os-release /var/lib/dpkg/status /etc/default/honeypot /opt/honeypot/first-boot/run; do
    written="$(stat --format=%Y -- "${root}${file}" 2>/dev/null || printf '0')"
    if ((now + 3600 < written)); then
      log "the clock says a day before that of ${file}: can a time server be reached (UDP port 123)?"
      exit 1
    fi
  done
}

# The zones may only come with the packages: step 60 runs this one again.
set_zone() {
  local zone="/usr/share/zoneinfo/${TIMEZONE}"
  if [[ ! -e "${root}${zone}" ]]; then
    log "time zone ${TIMEZONE} is not installed yet"
  elif [[ "$(readlink -- "${root}/etc/localtime" || true)" != "${zone}" ]]; then
    ln --symbolic --force --no-dereference -- "${zone}" "${root}/etc/.localtime.new"
    mv --force --no-target-directory -- "${root}/etc/.localtime.new" "${root}/etc/localtime"
    printf '%s\n' "${TIMEZONE}" >"${root}/etc/timezone"
    log "time zone is ${TIMEZONE}"
  fi
}

main "$@"
