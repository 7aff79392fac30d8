#!/usr/bin/env bash
# A log has the word. Root looks for it with the rights of its writer, who can replace each folder and file.
# Variables: account, files (patterns), word.
set -euo pipefail
if ! id "$account" >/dev/null 2>&1; then missing "there is no account $account"; fi
as_writer() { timeout 30 setpriv --reuid="$account" --regid="$account" --init-groups -- "$@"; }
read -r -a patterns <<<"$files"
# shellcheck disable=SC2016 # the patterns of the inner bash
mapfile -d '' -n 1000 -t list < <(as_writer bash -c 'shopt -s nullglob; list=($*); if ((${#list[@]})); then printf "%s\0" "${list[@]}"; fi' bash "${patterns[@]/#/"$root"}")
for file in "${list[@]}"; do
  line="$(as_writer grep --text --line-number --max-count=1 --fixed-strings -e "$word" -- "$file" 2>/dev/null | cut --delimiter=: --fields=1 || true)"
  if [[ "$line" =~ ^[1-9][0-9]{0,11}$ ]]; then seen "$file, line $line"; fi
done
missing "not in ${list[*]:-$files}"
