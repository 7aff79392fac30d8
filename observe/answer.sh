#!/usr/bin/env bash
# How the scripts in this folder answer: one line of printable text. `ask.ts` puts this file before each of them.
# shellcheck disable=SC2034 # the scripts read it
set -euo pipefail
root="${HONEYPOT_ROOT:-}"

answer() {
  local LC_ALL=C text="${*:2}"
  if [[ -n "$root" ]]; then text="${text//"$root"/}"; fi
  text="${text//[^[:print:]]/?}"
  printf '%s\t%s\n' "$1" "${text:0:300}"
  exit 0
}
seen() { answer seen "$@"; }
missing() { answer missing "$@"; }
