#!/usr/bin/env bash
# Sourced by honeypot-status: estimates when captures fill the disk up to its limit.
# shellcheck disable=SC2154,SC2312 # honeypot-status has the variables

check_space() {
  local rate used free oldest days left
  if [[ ! -r "${dumps}" || ! "${CAPTURE_KEEP_DAYS:-}" =~ ${number} ]]; then return; fi
  rate="$(capture_rate)"
  read -r used free < <(df --output=used,avail --block-size=1 -- "${dumps}" | tail --lines=1) || true
  oldest="$(find "${dumps}" -maxdepth 1 -type f -name '*.pcap*' ! -newermt "@$((now + 60))" -printf '%Ts\n' | sort --numeric-sort | head --lines=1)"
  # Once captures are deleted by age, they grow no more.
  left=$((CAPTURE_KEEP_DAYS - (now - ${oldest:-${now}}) / 86400))
  if [[ ! "${rate}" =~ ^[1-9][0-9]{0,14}$ || ! "${used}${free}" =~ ^[0-9]{1,30}$ ]] || ((left <= 0)); then return; fi
  days=$((((used + free) * DISK_MAX_USED_PERCENT / 100 - used) / rate))
  if ((days < 0)); then days=0; fi
  fact disk_days "${days}"
  if ((days < left)); then
    add "disk space" note "full in ${days} days at $((rate / 1000000)) MB of captures a day; then captures are deleted before they are ${CAPTURE_KEEP_DAYS} days old" \
      "enlarge the disk, set capture.keep_days to fewer days, or narrow capture.filter"
  fi
}

check_space
