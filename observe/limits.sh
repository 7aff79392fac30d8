#!/usr/bin/env bash
# The settings have the wanted limits, and retention runs.
# Variables: wanted.
set -euo pipefail
while read -r line; do
  if ! grep --quiet --line-regexp --fixed-strings -- "$line" "$root"/etc/default/honeypot; then missing "$root/etc/default/honeypot lacks $line"; fi
done < <(tr ' ' '\n' <<<"$wanted")
if ! timeout 300 systemctl start honeypot-retention.service; then missing "honeypot-retention.service fails"; fi
seen "$wanted; a run of retention succeeded"
