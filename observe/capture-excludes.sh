#!/usr/bin/env bash
# No captured file has a packet that one of the filters matches. In a filter, OWN is the sensor's own address.
# Variables: filters (separated by semicolons).
set -euo pipefail
own="$(ip -4 -oneline route get 203.0.113.9 | sed -E 's/.* src ([0-9.]+).*/\1/')"
shopt -s nullglob
files=("$root"/var/lib/honeypot/dumps/*.pcap*)
if ((${#files[@]} == 0)); then missing "there is no captured file"; fi
IFS=';' read -r -a list <<<"$filters"
for filter in "${list[@]}"; do
  for file in "${files[@]}"; do
    # A file that cannot be read shows nothing.
    if ! found="$(timeout 60 tcpdump -n -r "$file" -c 1 -- "${filter//OWN/$own}" 2>"$root"/run/trial.said)"; then
      missing "tcpdump cannot read $file: $(tail --lines=1 "$root"/run/trial.said)"
    fi
    if [[ -n "$found" ]]; then missing "$file has packets of ${filter//OWN/$own}"; fi
  done
done
seen "no packet of ${#list[@]} kinds (captured files: ${#files[@]})"
