#!/usr/bin/env bash
# An archive of the set dumps has packets that the filter matches.
# Variables: format, filter.
set -euo pipefail
cd "$root"/var/backups/honeypot
shopt -s nullglob
program="$(type -P 7zz || type -P 7z || true)"
folder="$(mktemp --directory "$root"/run/trial.XXXXXX)"
trap 'rm --recursive --force -- "$folder"' EXIT
for archive in *_dumps_*."$format"; do
  timeout 300 "$program" x -bd -y -o"$folder" -- "$archive" <"$root"/etc/honeypot/secrets/backup_password >/dev/null 2>&1 || true
  total=0
  while IFS= read -r -d '' file; do
    count="$(timeout 60 tcpdump -n -r - -c 1000 -- "$filter" <"$file" 2>/dev/null | wc --lines || true)"
    if [[ "$count" =~ ^[1-9][0-9]{0,6}$ ]]; then total=$((total + count)); fi
  done < <(find "$folder" -type f -name '*.pcap*' -print0)
  if ((total)); then seen "$total packets in $archive"; fi
done
missing "no packet of $filter in an archive of the set dumps"
