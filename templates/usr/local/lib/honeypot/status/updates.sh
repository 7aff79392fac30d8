#!/usr/bin/env bash
# Sourced by honeypot-status: reports missing security updates, without network traffic, and a pending reboot.
# shellcheck disable=SC2154,SC2312 # honeypot-status has the variables
if [[ -e "${state}/first-boot.done" ]]; then
  if [[ -e "${root}/run/reboot-required" ]]; then add reboot note "an update needs it" "sudo reboot"; fi
  mapfile -t names < <(timeout 60 apt-get --simulate --option Debug::NoLocking=true dist-upgrade 2>/dev/null | sed --quiet 's/^Inst \([^ ]*\) .*-[Ss]ecurity.*/\1/p')
  if ((${#names[@]})); then add updates note "security updates are not installed: ${names[*]}" "sudo apt-get dist-upgrade"; fi
fi
