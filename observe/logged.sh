#!/usr/bin/env bash
# A log has the word. It is read with the rights of its writer, because others can replace it.
# Variables: account, files (patterns), word.
set -euo pipefail
shopt -s nullglob
if ! id "$account" >/dev/null 2>&1; then missing "there is no account $account"; fi
read -r -a patterns <<<"$files"
list=()
# shellcheck disable=SC2206 # patterns
for pattern in "${patterns[@]}"; do list+=("$root"$pattern); done
for file in "${list[@]}"; do
  line="$(timeout 30 setpriv --reuid="$account" --regid="$account" --init-groups -- grep --text --line-number --max-count=1 --fixed-strings -e "$word" -- "$file" 2>/dev/null | cut --delimiter=: --fields=1 || true)"
  if [[ "$line" =~ ^[1-9][0-9]{0,11}$ ]]; then seen "$file, line $line"; fi
done
missing "not in ${list[*]:-$files}"
