#!/usr/bin/env bash
# DShield's timetable reboots when the settings say.
# Variables: schedule.
set -euo pipefail
file="$root"/etc/cron.d/dshield
if [[ ! -e "$file" ]]; then missing "$file does not exist"; fi
found="$(grep --extended-regexp '^[^#]* root /sbin/reboot *$' "$file" || true)"
case "$schedule" in
off) if [[ -n "$found" ]]; then missing "$file: $found"; fi && seen "no reboot in $file" ;;
*) if [[ "$found" != "$schedule root /sbin/reboot" ]]; then missing "$file: ${found:-no reboot}"; fi && seen "$file: $found" ;;
esac
