#!/usr/bin/env bash
# Reboots once, as DShield's installer wants it; what comes after this step waits for the next boot.
set -euo pipefail
# shellcheck source=../scripts/common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
boot="$(<"${root}/proc/sys/kernel/random/boot_id")" mark="${state}/reboot"

# A power cut is as good as a reboot.
if [[ -s "${mark}" && "$(<"${mark}")" != "${boot}" ]]; then exit; fi
put "${mark}" printf '%s\n' "${boot}"
log "rebooting"
systemctl reboot
# The shutdown ends this, and with it the runner.
sleep infinity
