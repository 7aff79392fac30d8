#!/usr/bin/env bash
# cron runs backups and transfers when the settings say.
# Variables: backup, transfer.
set -euo pipefail
file="$root"/etc/cron.d/honeypot
count="$(awk -v want="$backup root /opt/honeypot/scripts/backup.sh" 'index($0, want) == 1' "$file" | wc -l)"
if [[ "$count" != 1 ]]; then missing "$file does not run backup.sh at $backup"; fi
if [[ -n "$transfer" ]]; then
  count="$(awk -v want="$transfer root /opt/honeypot/scripts/transfer.sh" 'index($0, want) == 1' "$file" | wc -l)"
  if [[ "$count" != 1 ]]; then missing "$file does not run transfer.sh at $transfer"; fi
fi
if ! systemctl is-active --quiet cron.service; then missing "cron is not active"; fi
seen "$file, and cron is active"
