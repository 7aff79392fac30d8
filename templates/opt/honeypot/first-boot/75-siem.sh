#!/usr/bin/env bash
# Starts Filebeat. If it is not installed yet, the first boot continues, and cron retries.
set -euo pipefail
# shellcheck source=../scripts/common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"

"${root}/opt/honeypot/scripts/capture.sh" --names || true
if systemctl is-active --quiet filebeat.service; then exit; fi
take_lock siem
"${root}/opt/honeypot/first-boot/47-filebeat.sh"
if [[ -e "${root}/usr/bin/filebeat" ]]; then
  systemctl daemon-reload
  systemctl enable --quiet filebeat.service
  systemctl restart filebeat.service
  record siem ok "Filebeat was started"
fi
