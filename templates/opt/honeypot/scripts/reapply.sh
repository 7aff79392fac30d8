#!/usr/bin/env bash
# Puts back what is ours wherever DShield's installer has rewritten it: at boot, after a change, every ten minutes.
# shellcheck disable=SC2310,SC2312 # functions are asked questions here; what is not there is no error but the answer
set -euo pipefail
# shellcheck source=common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
# shellcheck source=update-file.sh
source "${root}/opt/honeypot/scripts/update-file.sh"
rules="${root}/etc/network/iptables" timetable="${root}/etc/cron.d/dshield" rotation="${root}/etc/logrotate.d/dshield"
folder="${root}/srv/dshield/etc" changed="" failed=""
ini="${folder}/dshield.ini"

# The installer may be at work: its files are left alone until it has left them alone for a minute.
settle() {
  local try
  for ((try = 0; try < 60; try++)); do
    if [[ -z "$(find "${rules}" "${timetable}" "${rotation}" "${ini}" -mmin -1 -print -quit 2>/dev/null)" ]]; then return; fi
    sleep 10
  done
}

# localcopy is read in this section only, and each run of the installer writes the file without it (DShield.py:188,
# install.sh:2041). Its daily job lets everyone read the file, and with it the API key (updatehoneypotip.sh:43).
# It lies in the folder of an account that could put anything in place of a name: only that account writes it.
mend_ini() {
  local owner found text
  owner="$(stat --format=%u:%g -- "${folder}")"
  found="$(read_foreign "${ini}")" || return
  if [[ "${found}" != *'[DShield]'* ]]; then return 1; fi
  text="$(awk '/^[[:space:]]*localcopy[[:space:]]*=/ { next } { print }
    /^\[DShield\]/ { print "localcopy=/var/log/honeypot/localdshield.log" }' <<<"${found}")"
  if [[ "${text}" == "${found}" && "$(stat --format='%u:%g %a' -- "${ini}")" == "${owner} 640" ]]; then return; fi
  # shellcheck disable=SC2016 # $1 is the inner bash's
  as_account "${owner}" 60 bash -c 'umask 027 && rm -f "$1.new" && cat >"$1.new" && sync "$1.new" && mv -fT "$1.new" "$1"' bash "${ini}" <<<"${text}" || return
  changed+=" ${ini#"${root}"}"
}

# Programs read it there; `sed -i` makes a copy of a link, which then goes its own way.
link_ini() {
  local link="${root}/etc/dshield.ini"
  if [[ -L "${link}" ]]; then return; fi
  ln --symbolic --force -- /srv/dshield/etc/dshield.ini "${link}"
  changed+=" /etc/dshield.ini"
}

daily_reboot() {
  case "${DSHIELD_DAILY_REBOOT:-keep}" in
    keep) cat -- "${timetable}" ;;
    off) sed '/ root \/sbin\/reboot *$/d' -- "${timetable}" ;;
    *) sed "s|^[^#]* root /sbin/reboot *\$|${DSHIELD_DAILY_REBOOT} root /sbin/reboot|" -- "${timetable}" ;;
  esac
}

# It waits for networkd, in vain and for two minutes at each boot, where that has no network to bring up.
wait_online() {
  local unit=systemd-networkd-wait-online.service
  if systemctl is-active --quiet NetworkManager.service && systemctl is-enabled --quiet "${unit}" 2>/dev/null; then
    systemctl disable --quiet "${unit}"
    changed+=" ${unit}"
  fi
}

# cloud-init writes that file anew at each boot, and the next update would find the agent again.
without_agent() {
  grep --invert-match velociraptor -- "${root}/etc/hosts" || true
  printf '0.0.0.0 velociraptor.dshield.org\n'
}

put_back() {
  local port
  # An installer that someone ran by hand may have moved sshd.
  port="$(sshd -T -f "${root}/etc/ssh/sshd_config" | grep '^port ' || true)"
  if [[ "${port}" != "port ${ADMIN_SSH_PORT}" ]]; then "${root}/opt/honeypot/first-boot/20-admin.sh" || failed+=" sshd"; fi
  if ! nft list table inet honeypot_admin >/dev/null 2>&1; then "${root}/opt/honeypot/scripts/admin-access.sh" || failed+=" admin-access"; fi
  "${root}/opt/honeypot/scripts/firewall.sh" || failed+=" firewall"
  if [[ -e "${ini}" ]]; then
    mend_ini || failed+=" the ini"
    link_ini || failed+=" link to the ini"
  fi
  if [[ -e "${timetable}" ]]; then update "${timetable}" daily_reboot || failed+=" daily reboot"; fi
  # Four days are fewer than a long week-end.
  if [[ -e "${rotation}" ]]; then
    update "${rotation}" sed --regexp-extended 's/^([[:space:]]*rotate) [0-9]+$/\1 14/' "${rotation}" || failed+=" log rotation"
  fi
  if [[ "${DSHIELD_VELOCIRAPTOR:-}" == false ]]; then update "${root}/etc/hosts" without_agent || failed+=" /etc/hosts"; fi
  wait_online || failed+=" systemd-networkd-wait-online"
}

if [[ ! -e "${rules}" && ! -e "${ini}" ]]; then exit; fi
# Whoever waits holds nothing: an update puts back at once what it has found to wait for.
if [[ "${1:-}" != --now ]]; then
  settle
  # What lets 50-dshield's installer work, which takes hours on a small machine; at its end all is put back.
  if [[ -n "$(find "${root}/etc/sudoers.d/90-honeypot-dshield" -mmin -360 2>/dev/null)" ]]; then exit; fi
fi
take_lock reapply 120
put_back
# An update that a power cut has ended.
if [[ "${1:-}" != --now && -e "${state}/dshield.updating" ]]; then systemctl start --no-block honeypot-update.service; fi
# What was put back last can be read until there is something new.
read -r _ result _ 2>/dev/null <"${state}/reapply.last" || result=""
if [[ -n "${failed}" ]]; then
  message="could not put back:${failed}"
  log "${message}"
  record reapply failed "${message}"
  exit 1
elif [[ -n "${changed}" || "${result}" != ok ]]; then
  message="put back:${changed:- nothing}"
  log "${message}"
  record reapply ok "${message}"
fi
