#!/usr/bin/env bash
# Starts what the sensor is there for.
set -euo pipefail
# shellcheck source=../scripts/common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"

# Again, now that the packages may have brought sudo or another sshd_config.
"${root}/opt/honeypot/first-boot/20-admin.sh"

if [[ ! -e "${root}/usr/share/zoneinfo/${TIMEZONE}" ]]; then
  log "there is no time zone ${TIMEZONE}"
  exit 1
fi
ln --symbolic --force --no-dereference -- "/usr/share/zoneinfo/${TIMEZONE}" "${root}/etc/localtime"
printf '%s\n' "${TIMEZONE}" >"${root}/etc/timezone"

systemctl daemon-reload
systemctl enable --quiet honeypot-admin-access.service honeypot-capture.service cron.service logrotate.timer
# It waits for its interface as long as that takes.
systemctl start --no-block honeypot-capture.service
# cron may still think in the old time zone.
systemctl restart honeypot-admin-access.service cron.service logrotate.timer
