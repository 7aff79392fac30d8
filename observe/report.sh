#!/usr/bin/env bash
# An analysis tool reports on the log that was collected until now, of which it gets a copy as at the end of the day.
# The exit code 75 means that another run has the lock.
# Variables: tool, log, counted (words of its summary), files (patterns).
set -euo pipefail
umask 077
shopt -s nullglob
day="$(date +%F)"
of="$root/var/log/honeypot/$log/$log"
collected=("$of"_*.json "$of"_*.json.gz)
if ((${#collected[@]} == 0)); then missing "there is no collected log ${of}_*.json"; fi
copy="${of}_${day}_trial$EPOCHSECONDS.json.gz"
trap 'rm --force -- "$copy"' EXIT
timeout 60 zcat --force -- "${collected[@]}" | gzip >"$copy"
for ((try = 0; try < 60; try++)); do
  code=0
  said="$(timeout 1500 "$root/opt/honeypot/scripts/analyse.sh" "$tool" 2>&1)" || code=$?
  if ((code != 75)); then break; fi
  sleep 2
done
result="$(cut --delimiter=' ' --fields=3- "$root/var/lib/honeypot/state/$tool.last" 2>/dev/null || true)"
if ((code)); then missing "analyse.sh $tool ends with exit code $code: $result"; fi
if ! grep --quiet --text --extended-regexp -e "[:;] [1-9][0-9]{0,8} $counted" <<<"$said"; then missing "$tool has found no $counted: $result"; fi
read -r -a patterns <<<"$files"
for pattern in "${patterns[@]}"; do
  found="$(find "$root/var/log/honeypot/reports/$tool" -mindepth 2 -maxdepth 2 -type f -size +0 -newer "$copy" -name "$pattern" -print -quit)"
  if [[ -z "$found" ]]; then missing "the report has no file $pattern"; fi
done
seen "$result; ${found%/*}"
