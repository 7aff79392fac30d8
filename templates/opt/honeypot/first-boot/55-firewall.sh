#!/usr/bin/env bash
# Loads the firewall and puts right what DShield's installer sets otherwise, now and from now on.
set -euo pipefail
# shellcheck source=../scripts/common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"

"${root}/opt/honeypot/scripts/reapply.sh" --now
systemctl daemon-reload
systemctl enable --quiet honeypot-reapply.service
systemctl enable --quiet --now honeypot-reapply.path
systemctl try-restart logrotate.timer
if [[ -e "${root}/etc/systemd/system/honeypot-update.timer" ]]; then systemctl enable --quiet --now honeypot-update.timer; fi
