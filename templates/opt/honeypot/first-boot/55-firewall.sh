#!/usr/bin/env bash
# Loads the firewall and restores configuration that DShield's installer changes, now and from now on.
set -euo pipefail
# shellcheck source=../scripts/common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"

"${root}/opt/honeypot/scripts/reapply.sh" --now
units=(honeypot-reapply.path honeypot-reapply.timer)
if [[ -e "${root}/etc/systemd/system/honeypot-update.timer" ]]; then units+=(honeypot-update.timer); fi
systemctl enable --quiet honeypot-reapply.service "${units[@]}"
systemctl start "${units[@]}"
systemctl try-restart logrotate.timer
