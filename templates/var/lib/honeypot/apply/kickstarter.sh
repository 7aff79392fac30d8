#!/usr/bin/env bash
# For engine.sh: finds and removes what DShieldKickStarter set up, except its backups and captures.
# shellcheck disable=SC2154,SC2312 # the variables are engine.sh's; missing files print nothing

crontab="${root}/var/spool/cron/crontabs/root"
# Our own tasks are in /etc/cron.d.
kickstarter_lines='/var/lib/honeypot/dumps/grab_tcpdump\.sh|/opt/honeypot/scripts/(backup|scp_backup)\.sh *$|cp /srv/cowrie/var/log/cowrie/cowrie\.json\* /var/log/honeypot/cowrie/|mv /srv/db/webhoneypot\.json .*/var/log/honeypot/webhoneypot/'
kickstarter_files=(var/lib/honeypot/dumps/grab_tcpdump.sh opt/honeypot/scripts/scp_backup.sh)

list_kickstarter() {
  local line file
  while IFS= read -r line; do printf 'kickstarter\tremove the cron line\t%s\n' "${line//$'\t'/ }"; done < <(old_lines)
  for file in "${kickstarter_files[@]}"; do
    if [[ -e "${root}/${file}" ]]; then printf 'kickstarter\tremove\t/%s\n' "${file}"; fi
  done
  while read -r line; do printf 'kickstarter\tend the capture of process\t%s\n' "${line}"; done < <(old_captures)
  if is_copied_ini; then printf 'kickstarter\tlink again to /srv/dshield/etc/dshield.ini\t/etc/dshield.ini\n'; fi
}

old_lines() { grep --extended-regexp "^[^#].*(${kickstarter_lines})" -- "${crontab}" 2>/dev/null || true; }

old_captures() { pgrep --full '^tcpdump .*/var/lib/honeypot/dumps/tcpdump_%Y-%m-%d_%H-%M-%S\.pcap' || true; }

# Its sed replaced the link with a copy, which programs then read instead.
is_copied_ini() { [[ -f "${root}/etc/dshield.ini" && ! -L "${root}/etc/dshield.ini" && -e "${root}/srv/dshield/etc/dshield.ini" ]]; }

remove_kickstarter() {
  local file process
  if [[ -n "$(old_lines)" ]]; then
    grep --extended-regexp --invert-match "^[^#].*(${kickstarter_lines})" -- "${crontab}" >"${folder}/crontab" || true
    chown --reference="${crontab}" -- "${folder}/crontab"
    chmod --reference="${crontab}" -- "${folder}/crontab"
    place "${folder}/crontab" "${crontab#"${root}/"}"
  fi
  for file in "${kickstarter_files[@]}"; do rm --force -- "${root}/${file}"; done
  while read -r process; do kill -- "${process}" || true; done < <(old_captures)
  if is_copied_ini; then ln --symbolic --force --no-target-directory -- /srv/dshield/etc/dshield.ini "${root}/etc/dshield.ini"; fi
}
