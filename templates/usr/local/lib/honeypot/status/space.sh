#!/usr/bin/env bash
# Sourced by honeypot-status: estimates when captures fill the disk up to its limit.
# shellcheck disable=SC2154,SC2312 # honeypot-status has the variables
if [[ -r "${dumps}" ]]; then
  read -r -d '' _ _ used free < <(exec df --output=used,avail --block-size=1 -- "${dumps}") || true
  # Once captures are deleted by age, they grow no more.
  if ((${rate:-0} > 0 && (days = ((used + free) * DISK_MAX_USED_PERCENT / 100 - used) / rate) < CAPTURE_KEEP_DAYS - (now - oldest) / 86400)); then
    add "disk space" note "full in ${days} days at $((rate / 1000000)) MB a day; captures are then deleted before ${CAPTURE_KEEP_DAYS} days" "enlarge the disk, or reduce capture.keep_days"
  fi
fi
