#!/usr/bin/env bash
# Starts what the sensor is there for.
set -euo pipefail
# shellcheck source=../scripts/common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"

# Again, when packages came after it, or DShield: they may have brought sudo, or another sshd_config.
newer="$(find "${state}/first-boot" -name '[45]*.done' -newer "${state}/first-boot/20-admin.done")"
if [[ -n "${newer}" ]]; then "${root}/opt/honeypot/first-boot/20-admin.sh"; fi

if [[ ! -e "${root}/usr/share/zoneinfo/${TIMEZONE}" ]]; then
  log "there is no time zone ${TIMEZONE}"
  exit 1
fi
ln --symbolic --force --no-dereference -- "/usr/share/zoneinfo/${TIMEZONE}" "${root}/etc/localtime"
printf '%s\n' "${TIMEZONE}" >"${root}/etc/timezone"

# Whenever something is enabled systemd reads every unit anew, which takes it seconds: once, and only what is not.
units=(honeypot-capture.service)
for unit in cron.service logrotate.timer; do
  systemctl is-enabled --quiet "${unit}" || units+=("${unit}")
done
systemctl enable --quiet "${units[@]}"
# It waits for its interface as long as that takes.
systemctl start --no-block honeypot-capture.service
# cron may still think in the old time zone. The rules of the admin port may have waited for nft.
systemctl restart honeypot-admin-access.service cron.service logrotate.timer
