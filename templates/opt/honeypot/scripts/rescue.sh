#!/usr/bin/env bash
# Each minute: opens the admin port to keys from anywhere, for a while, when no admin has logged in for too long.
# --confirm: an admin can log in, so leave it closed.
# shellcheck disable=SC2310,SC2312 # what is not there says nothing, and nothing is an answer too
set -euo pipefail
# shellcheck source=common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
here="${root}/opt/honeypot/scripts" confirmed="${state}/admin.confirmed"
since="${root}/run/honeypot/rescue.since" open="${root}/run/honeypot/rescue" hour="${root}/run/honeypot/rescue.hour"
week=$((7 * 24)) known="" hours=0
# A login proves this way in; another user, port, network or firewall has to be proved again.
way="${ADMIN_USER} ${ADMIN_SSH_PORT} ${ADMIN_ALLOW_FROM}"
if [[ -e "${root}/etc/network/iptables" ]]; then way+=" through DShield's firewall"; fi
# Seconds since the boot: a clock may jump.
read -r now _ </proc/uptime
now="${now%.*}"

load() { "${here}/admin-access.sh" && if [[ -x "${here}/firewall.sh" ]]; then "${here}/firewall.sh"; fi; }

# Sessions that are open stay open.
close() {
  rm --force -- "${open}"
  load
  nft insert rule inet honeypot_admin input ct state established accept
}

confirm() {
  if [[ -e "${open}" ]]; then close; fi
  put "${confirmed}" printf '%s\n' "${way}" 0
  record rescue confirmed "$1"
  log "$1"
}

# Seconds from the boot to the newest login by key that came from another machine.
last_login() {
  journalctl --boot --quiet --output=short-monotonic --identifier=sshd --identifier=sshd-session _UID=0 \
    --grep="^Accepted publickey for ${ADMIN_USER} from" 2>/dev/null |
    sed --quiet --regexp-extended '/ from (127\.|::1 )/!s/^\[ *([0-9]+)\..*/\1/p' | tail --lines=1
}

# Seconds from the boot to the loading of the rules: an earlier login came in by another way.
last_load() {
  local microseconds
  microseconds="$(systemctl show --property=ActiveEnterTimestampMonotonic --value honeypot-admin-access.service)"
  printf '%s\n' "$((${microseconds:-0} / 1000000))"
}

# The admin's address may have changed since the login that confirmed the way in. Hours are counted, and not by the
# clock, which may jump.
count_hour() {
  local counted login
  read -r counted 2>/dev/null <"${hour}" || counted=0
  if ((now - counted < 3600)); then return; fi
  login="$(last_login || true)"
  if [[ -n "${login}" ]] && ((login >= counted)); then hours=0; else hours=$((hours + 1)); fi
  printf '%s\n' "${now}" >"${hour}"
  if ((hours < week)); then
    put "${confirmed}" printf '%s\n' "${way}" "${hours}"
  else
    rm --force -- "${confirmed}"
    printf '0 armed expired\n' >"${since}"
  fi
}

hold rescue || exit 0
read -r start spent tried 2>/dev/null <"${since}" || tried=""
{ read -r known && read -r hours; } 2>/dev/null <"${confirmed}" || true
if [[ "${1:-}" == --confirm ]]; then
  confirm "confirmed by hand"
elif [[ -e "${open}" ]]; then
  read -r end before <"${open}"
  if ((now < end)) && [[ "${before}" == "${way}" ]]; then
    # The rules may have been loaded again in the meantime.
    nft flush chain inet honeypot_admin input
    exit
  fi
  close
  printf '%s spent %s\n' "${now}" "${way}" >"${since}"
  record rescue spent "the admin port was open to keys from anywhere, and stays closed until the next boot or for 7 days"
  log "closed"
elif [[ "${known}" == "${way}" ]]; then
  count_hour
elif [[ "${tried}" != "${way}" || ("${spent}" == spent && $((now - start)) -ge $((week * 3600))) ]]; then
  # The first of a boot counts from the time when its rules were loaded; a login may have come before this run.
  printf '%s %s %s\n' "${now}" "$([[ -n "${tried}" ]] && printf armed || printf first)" "${way}" >"${since}"
  record rescue armed "no admin has logged in $([[ "${tried}" == expired ]] && printf 'for 7 days' || printf yet): in ${ADMIN_RESCUE_AFTER_MINUTES} minutes the admin port opens to keys from anywhere, for ${ADMIN_RESCUE_OPEN_MINUTES} minutes"
else
  login="$(last_login || true)" loaded="$(last_load)"
  if [[ -n "${login}" ]] && ((login >= loaded)) && [[ "${spent}" == first || ${login} -ge ${start} ]]; then
    confirm "an admin has logged in from ${ADMIN_ALLOW_FROM}"
  elif [[ "${spent}" != spent ]] && ((now - start >= ADMIN_RESCUE_AFTER_MINUTES * 60)); then
    printf '%s %s\n' $((now + ADMIN_RESCUE_OPEN_MINUTES * 60)) "${way}" >"${open}"
    load
    nft flush chain inet honeypot_admin input
    record rescue open "port ${ADMIN_SSH_PORT} is open to keys from anywhere for ${ADMIN_RESCUE_OPEN_MINUTES} minutes: no admin had logged in from ${ADMIN_ALLOW_FROM}"
    log "open"
  fi
fi
