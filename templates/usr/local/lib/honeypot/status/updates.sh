#!/usr/bin/env bash
# Sourced by honeypot-status: reports missing security updates, without network traffic, and a pending reboot.
# shellcheck disable=SC2154,SC2312 # honeypot-status has the variables
if [[ -e "${state}/first-boot.done" ]]; then
  if [[ -e "${root}/run/reboot-required" ]]; then add reboot note "an update needs it" "sudo reboot"; fi
  # apt takes seconds, so root keeps its answer until apt has new lists or packages.
  file="${state}/updates"
  if ((EUID == 0)) && [[ "${root}/var/cache/apt/pkgcache.bin" -nt "${file}" ]]; then
    timeout 60 apt-get --simulate dist-upgrade 2>/dev/null | sed --quiet 's/^Inst \([^ ]*\) .*-[Ss]ecurity.*/\1/p' >"${file}" || true
  fi
  names="$(xargs 2>/dev/null <"${file}" || true)"
  if [[ -n "${names}" ]]; then add updates note "security updates are missing: ${names}" "sudo apt-get dist-upgrade"; fi
fi
