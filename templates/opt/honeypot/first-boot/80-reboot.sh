#!/usr/bin/env bash
# Reboots once, as DShield's installer requires; the remaining steps run after the reboot.
set -euo pipefail
# shellcheck source=../scripts/common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
boot="$(<"${root}/proc/sys/kernel/random/boot_id")" mark="${state}/reboot"

# A power cut counts as the reboot.
if [[ -s "${mark}" && "$(<"${mark}")" != "${boot}" ]]; then exit; fi
put "${mark}" printf '%s\n' "${boot}"
log "rebooting"
systemctl reboot
# The shutdown ends this process and the runner.
sleep infinity
