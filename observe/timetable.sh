#!/usr/bin/env bash
# cron runs programs when the settings say.
# Variables: lines (beginnings of lines of the timetable, separated by semicolons).
set -euo pipefail
file="$root"/etc/cron.d/honeypot
IFS=';' read -r -a list <<<"$lines"
for line in "${list[@]}"; do
  count="$(awk -v want="$line " 'index($0, want) == 1' "$file" | wc --lines)"
  if [[ "$count" != 1 ]]; then missing "$file does not have: $line"; fi
done
if ! systemctl is-active --quiet cron.service; then missing "cron is not active"; fi
seen "$file, and cron is active"
