#!/usr/bin/env bash
# Each minute: opens the admin port to every network for a while if no admin has logged in for too long.
# --confirm: confirms that an admin can log in, so the port stays closed.
# shellcheck disable=SC2310,SC2312 # a failed command prints nothing, which is handled
set -euo pipefail
# shellcheck source=common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
here="${root}/opt/honeypot/scripts" confirmed="${state}/admin.confirmed"
since="${root}/run/honeypot/rescue.since" open="${root}/run/honeypot/rescue" hour="${root}/run/honeypot/rescue.hour"
week=$((7 * 24))
# A login confirms this access; after a change of user, port, network or firewall it must be confirmed again.
way="${ADMIN_USER} ${ADMIN_SSH_PORT} ${ADMIN_ALLOW_FROM}"
if [[ -e "${root}/etc/network/iptables" ]]; then way+=" through DShield's firewall"; fi
# Seconds since the boot, because a clock may jump.
read -r now _ </proc/uptime
now="${now%.*}"

load() { "${here}/admin-access.sh" && if [[ -x "${here}/firewall.sh" ]]; then "${here}/firewall.sh"; fi; }

# Open sessions stay open.
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

# Seconds from the boot to the newest login by key from another machine.
last_login() {
  journalctl --boot --quiet --output=short-monotonic --identifier=sshd --identifier=sshd-session _UID=0 \
    --grep="^Accepted publickey for ${ADMIN_USER} from" 2>/dev/null |
    sed --quiet --regexp-extended '/ from (127\.|::1 )/!s/^\[ *([0-9]+)\..*/\1/p' | tail --lines=1
}

# Seconds from the boot to the loading of the rules: an earlier login does not confirm them.
last_load() {
  local microseconds
  microseconds="$(systemctl show --property=ActiveEnterTimestampMonotonic --value honeypot-admin-access.service)"
  printf '%s\n' "$((${microseconds:-0} / 1000000))"
}

is_confirmed() {
  known="" hours=0
  { read -r known && read -r hours; } 2>/dev/null <"${confirmed}" || true
  [[ "${known}" == "${way}" ]]
}

is_counted() {
  read -r counted 2>/dev/null <"${hour}" || counted=0
  ((now - counted < 3600))
}

# The admin's address may have changed since the confirming login. Counts hours without the clock, which may jump.
count_hour() {
  local login
  if is_counted; then return; fi
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

# Almost every run ends here, before it starts another process.
if [[ "${1:-}" != --confirm && ! -e "${open}" ]] && is_confirmed && is_counted; then exit; fi
hold rescue || exit 0
read -r start spent tried 2>/dev/null <"${since}" || tried=""
if [[ "${1:-}" == --confirm ]]; then
  confirm "confirmed by hand"
elif [[ -e "${open}" ]]; then
  read -r end before <"${open}"
  if ((now < end)) && [[ "${before}" == "${way}" ]]; then
    # The rules may have been reloaded in the meantime.
    nft flush chain inet honeypot_admin input
    exit
  fi
  close
  printf '%s spent %s\n' "${now}" "${way}" >"${since}"
  record rescue spent "the admin port was open to every network (key login only), and stays closed until the next boot or for 7 days"
  log "closed"
elif is_confirmed; then
  count_hour
elif [[ "${tried}" != "${way}" || ("${spent}" == spent && $((now - start)) -ge $((week * 3600))) ]]; then
  # The first run of a boot counts from the loading of the rules, because a login may precede this run.
  printf '%s %s %s\n' "${now}" "$([[ -n "${tried}" ]] && printf armed || printf first)" "${way}" >"${since}"
  record rescue armed "no admin has logged in $([[ "${tried}" == expired ]] && printf 'for 7 days' || printf yet): in ${ADMIN_RESCUE_AFTER_MINUTES} minutes the admin port opens to every network (key login only) for ${ADMIN_RESCUE_OPEN_MINUTES} minutes"
else
  login="$(last_login || true)" loaded="$(last_load)"
  if [[ -n "${login}" ]] && ((login >= loaded)) && [[ "${spent}" == first || ${login} -ge ${start} ]]; then
    confirm "an admin has logged in from ${ADMIN_ALLOW_FROM}"
  elif [[ "${spent}" != spent ]] && ((now - start >= ADMIN_RESCUE_AFTER_MINUTES * 60)); then
    printf '%s %s\n' $((now + ADMIN_RESCUE_OPEN_MINUTES * 60)) "${way}" >"${open}"
    load
    nft flush chain inet honeypot_admin input
    record rescue open "port ${ADMIN_SSH_PORT} is open to every network (key login only) for ${ADMIN_RESCUE_OPEN_MINUTES} minutes: no admin had logged in from ${ADMIN_ALLOW_FROM}"
    log "open"
  fi
fi
