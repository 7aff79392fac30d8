#!/usr/bin/env bash
# Each minute until an admin has logged in: when none has for too long, lets keys from anywhere try for a while.
# --confirm: the admin knows better.
# shellcheck disable=SC2310,SC2312 # what is not there says nothing, and nothing is an answer too
set -euo pipefail
# shellcheck source=common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
here="${root}/opt/honeypot/scripts" confirmed="${state}/admin.confirmed"
since="${root}/run/honeypot/rescue.since" open="${root}/run/honeypot/rescue"
# Whoever could log in could do so by this way; another way is to be tried anew.
way="${ADMIN_USER} ${ADMIN_SSH_PORT} ${ADMIN_ALLOW_FROM}"
if [[ -e "${root}/etc/network/iptables" ]]; then way+=" through DShield's firewall"; fi
# Seconds since the boot: a clock may jump.
read -r now _ </proc/uptime
now="${now%.*}"

load() { "${here}/admin-access.sh" && if [[ -x "${here}/firewall.sh" ]]; then "${here}/firewall.sh"; fi; }

# Who is in by then stays in.
close() {
  rm --force -- "${open}"
  load
  nft insert rule inet honeypot_admin input ct state established accept
}

confirm() {
  if [[ -e "${open}" ]]; then close; fi
  put "${confirmed}" printf '%s\n' "${way}"
  record rescue confirmed "$1"
  log "$1"
}

# When the newest login from elsewhere was that was let in by a key.
last_login() {
  journalctl --boot --quiet --output=short-monotonic --identifier=sshd --identifier=sshd-session _UID=0 \
    --grep="^Accepted publickey for ${ADMIN_USER} from" 2>/dev/null |
    sed --quiet --regexp-extended '/ from (127\.|::1 )/!s/^\[ *([0-9]+)\..*/\1/p' | tail --lines=1
}

# When the rules were loaded: who had logged in before them came in by another way.
last_load() {
  local microseconds
  microseconds="$(systemctl show --property=ActiveEnterTimestampMonotonic --value honeypot-admin-access.service)"
  printf '%s\n' "$((${microseconds:-0} / 1000000))"
}

hold rescue || exit 0
read -r start spent tried 2>/dev/null <"${since}" || tried=""
if [[ "${1:-}" == --confirm ]]; then
  confirm "confirmed by hand"
elif [[ -e "${open}" ]]; then
  read -r end before <"${open}"
  if ((now < end)) && [[ "${before}" == "${way}" ]]; then
    # Whatever may have loaded the rules in the meantime.
    nft flush chain inet honeypot_admin input
    exit
  fi
  close
  printf '%s spent %s\n' "${now}" "${way}" >"${since}"
  record rescue spent "the admin port was open to keys from anywhere, and is closed again until the next boot"
  log "closed"
elif [[ -e "${confirmed}" && "$(<"${confirmed}")" == "${way}" ]]; then
  systemctl stop --no-block honeypot-rescue.timer
elif [[ "${tried}" != "${way}" ]]; then
  # The first of a boot has been there since its rules were loaded; a login may have come before this look.
  printf '%s %s %s\n' "${now}" "$([[ -n "${tried}" ]] && printf armed || printf first)" "${way}" >"${since}"
  record rescue armed "no admin has logged in yet: ${ADMIN_RESCUE_AFTER_MINUTES} minutes after the boot keys from anywhere may, for ${ADMIN_RESCUE_OPEN_MINUTES} minutes"
else
  login="$(last_login || true)" loaded="$(last_load)"
  if [[ -n "${login}" ]] && ((login >= loaded)) && [[ "${spent}" == first || ${login} -ge ${start} ]]; then
    confirm "an admin has logged in, and ${ADMIN_ALLOW_FROM} will do"
  elif [[ "${spent}" != spent ]] && ((now - start >= ADMIN_RESCUE_AFTER_MINUTES * 60)); then
    printf '%s %s\n' $((now + ADMIN_RESCUE_OPEN_MINUTES * 60)) "${way}" >"${open}"
    load
    nft flush chain inet honeypot_admin input
    record rescue open "port ${ADMIN_SSH_PORT} is open to keys from anywhere for ${ADMIN_RESCUE_OPEN_MINUTES} minutes: nobody had logged in from ${ADMIN_ALLOW_FROM}"
    log "open"
  fi
fi
