#!/usr/bin/env bash
# Starts Filebeat. While it cannot be had this holds up nothing: cron comes back to it.
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
