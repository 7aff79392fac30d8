#!/usr/bin/env bash
# The collected logs of a kind have a line that the expression matches.
# Variables: folder, expression.
set -euo pipefail
shopt -s nullglob
for file in "$root"/var/log/honeypot/"$folder"/*_*; do
  line="$(timeout 30 zgrep --text --line-number --max-count=1 -E -e "$expression" -- "$file" | cut --delimiter=: --fields=1 || true)"
  if [[ "$line" =~ ^[1-9][0-9]{0,11}$ ]]; then seen "$file, line $line"; fi
done
missing "not in $root/var/log/honeypot/$folder"
