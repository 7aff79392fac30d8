#!/usr/bin/env bash
# Enables and starts the sensor's services.
set -euo pipefail
# shellcheck source=../scripts/common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"

# Repeats the admin step after packages or DShield were installed, which may have added sudo or changed sshd_config.
newer="$(find "${state}/first-boot" -name '[45]*.done' -newer "${state}/first-boot/20-admin.done")"
if [[ -n "${newer}" ]]; then "${root}/opt/honeypot/first-boot/20-admin.sh"; fi

if [[ ! -e "${root}/usr/share/zoneinfo/${TIMEZONE}" ]]; then
  log "there is no time zone ${TIMEZONE}"
  exit 1
fi
ln --symbolic --force --no-dereference -- "/usr/share/zoneinfo/${TIMEZONE}" "${root}/etc/localtime"
printf '%s\n' "${TIMEZONE}" >"${root}/etc/timezone"

# systemd reloads every unit when one is enabled, which takes seconds: enable once, and only units that are not enabled.
timers=(honeypot-{retention,collect,links}.timer)
units=(honeypot-capture.service "${timers[@]}")
for unit in cron.service logrotate.timer; do
  systemctl is-enabled --quiet "${unit}" || units+=("${unit}")
done
systemctl enable --quiet "${units[@]}"
# It waits for its interface as long as necessary.
systemctl start --no-block honeypot-capture.service
systemctl start "${timers[@]}"
# cron may still use the old time zone. The rules of the admin port may have waited for nft.
systemctl restart honeypot-admin-access.service cron.service logrotate.timer
