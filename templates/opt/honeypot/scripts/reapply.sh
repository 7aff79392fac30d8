#!/usr/bin/env bash
# Restores our configuration if DShield's installer has overwritten it: at boot, after a change, every ten minutes.
# Most runs end early, because nothing that they would look at has changed since a run that had nothing to do.
# shellcheck disable=SC2310,SC2312 # functions are called as conditions; missing files are no error
set -euo pipefail
# shellcheck source=common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
# shellcheck source=update-file.sh
source "${root}/opt/honeypot/scripts/update-file.sh"
rules="${root}/etc/network/iptables" timetable="${root}/etc/cron.d/dshield" rotation="${root}/etc/logrotate.d/dshield"
folder="${root}/srv/dshield/etc" changed="" failed=""
ini="${folder}/dshield.ini" unchanged="${root}/run/honeypot/reapply.unchanged"

# The installer may be running: waits until its files have been unchanged for a minute.
settle() {
  local try
  for ((try = 0; try < 60; try++)); do
    if [[ -z "$(exec find "${rules}" "${timetable}" "${rotation}" "${ini}" -maxdepth 0 -mmin -1 -print -quit 2>/dev/null)" ]]; then return; fi
    sleep 10
  done
}

# What decides whether there is anything to restore: the files by their change time, which no account can set, and the
# rules in the kernel. Once an hour it differs, so that a change that is invisible here is found too.
fingerprint() {
  local now
  read -r now _ </proc/uptime
  printf '%s\n' "$((${now%.*} / 3600))"
  stat --format='%n %i %z' -- "${rules}"* "${timetable}" "${rotation}" "${folder}" "${ini}" "${root}"/etc/{dshield.ini,hosts,default/honeypot,ssh/sshd_config*{,/*}} \
    "${root}"/opt/honeypot/*/*.sh "${root}"/run/honeypot/rescue 2>/dev/null
  iptables-save 2>/dev/null | sed 's/ \[.*//; /^#/d'
  nft --stateless 'list table inet honeypot_admin; list table ip6 honeypot_firewall' 2>&1
}

# localcopy is read only in this section, and each run of the installer writes the file without it (DShield.py:188,
# install.sh:2041). Its daily job makes the file, and the API key in it, readable to everyone (updatehoneypotip.sh:43).
# It is in a folder of an account that can replace any name there, so only that account writes it.
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

# Programs read it there; `sed -i` replaces a link with a copy, which then diverges.
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

# If networkd manages no network, it would wait in vain for two minutes at each boot.
wait_online() {
  local unit=systemd-networkd-wait-online.service
  if systemctl is-active --quiet NetworkManager.service && systemctl is-enabled --quiet "${unit}" 2>/dev/null; then
    systemctl disable --quiet "${unit}"
    changed+=" ${unit}"
  fi
}

# cloud-init rewrites that file at each boot, and the next update would reach the agent's server again.
without_agent() {
  grep --invert-match velociraptor -- "${root}/etc/hosts" || true
  printf '0.0.0.0 velociraptor.dshield.org\n'
}

put_back() {
  local port
  # A manually started installer may have moved sshd.
  port="$(sshd -T -f "${root}/etc/ssh/sshd_config" | grep '^port ' || true)"
  if [[ "${port}" != "port ${ADMIN_SSH_PORT}" ]]; then "${root}/opt/honeypot/first-boot/20-admin.sh" || failed+=" sshd"; fi
  if ! nft list table inet honeypot_admin >/dev/null 2>&1; then "${root}/opt/honeypot/scripts/admin-access.sh" || failed+=" admin-access"; fi
  "${root}/opt/honeypot/scripts/firewall.sh" || failed+=" firewall"
  if [[ -e "${ini}" ]]; then
    mend_ini || failed+=" the ini"
    link_ini || failed+=" link to the ini"
  fi
  if [[ -e "${timetable}" ]]; then update "${timetable}" daily_reboot || failed+=" daily reboot"; fi
  # Upstream's four days are shorter than a long weekend.
  if [[ -e "${rotation}" ]]; then
    update "${rotation}" sed --regexp-extended 's/^([[:space:]]*rotate) [0-9]+$/\1 14/' "${rotation}" || failed+=" log rotation"
  fi
  if [[ "${DSHIELD_VELOCIRAPTOR:-}" == false ]]; then update "${root}/etc/hosts" without_agent || failed+=" /etc/hosts"; fi
  wait_online || failed+=" systemd-networkd-wait-online"
}

if [[ ! -e "${rules}" && ! -e "${ini}" ]]; then exit; fi
# Waits before taking the lock, because an update restores everything immediately itself.
if [[ "${1:-}" != --now ]]; then
  settle
  # 50-dshield's installer is running, which takes hours on a small machine; at its end everything is restored.
  if [[ -n "$(exec find "${root}/etc/sudoers.d/90-honeypot-dshield" -mmin -360 2>/dev/null)" ]]; then exit; fi
fi
if [[ -e "${state}/dshield.updating" || "${1:-}" == --now ]]; then rm --force -- "${unchanged}"; fi
found="$(fingerprint || true)"
if [[ -e "${unchanged}" && "${found}" == "$(<"${unchanged}")" ]]; then exit; fi
take_lock reapply 120
rm --force -- "${unchanged}"
put_back
# Resumes an update after a power cut.
if [[ "${1:-}" != --now && -e "${state}/dshield.updating" ]]; then systemctl start --no-block honeypot-update.service; fi
# Keeps the last restored names until there are new ones.
read -r _ result _ 2>/dev/null <"${state}/reapply.last" || result=""
if [[ -n "${failed}" ]]; then
  message="could not restore:${failed}"
  log "${message}"
  record reapply failed "${message}"
  exit 1
elif [[ -n "${changed}" || "${result}" != ok ]]; then
  message="restored:${changed:- nothing}"
  log "${message}"
  record reapply ok "${message}"
fi
if [[ -z "${changed}" ]]; then put "${unchanged}" printf '%s\n' "${found}"; fi
