#!/usr/bin/env bash
# The capture has packets that the filter matches.
# Variables: filter.
set -euo pipefail
shopt -s nullglob
total=0 last=""
for file in "$root"/var/lib/honeypot/dumps/*.pcap*; do
  count="$(timeout 60 tcpdump -n -r "$file" -c 1000 -- "$filter" 2>/dev/null | wc --lines || true)"
  if [[ "$count" =~ ^[1-9][0-9]{0,6}$ ]]; then total=$((total + count)) last="$file"; fi
done
if ((total == 0)); then missing "no packet of $filter"; fi
seen "$total packets, the last ones in $last"
