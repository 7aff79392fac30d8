#!/usr/bin/env bash
# Each archive opens with the password, and with no other. The password goes to standard input, because other processes
# can see a command line.
# Variables: format.
set -euo pipefail
cd "$root"/var/backups/honeypot
shopt -s nullglob
program="$(type -P 7zz || type -P 7z || true)"
if [[ -z "$program" ]]; then missing "7zz is not installed"; fi
archives=(*."$format")
if ((${#archives[@]} == 0)); then missing "there is no $format archive"; fi
for archive in "${archives[@]}"; do
  if ! timeout 300 "$program" t -bd -- "$archive" <"$root"/etc/honeypot/secrets/backup_password >/dev/null 2>&1; then
    missing "$archive does not open with the password"
  fi
  if timeout 300 "$program" t -bd -- "$archive" <<<'not the password' >/dev/null 2>&1; then
    missing "$archive opens with another password"
  fi
done
seen "${#archives[@]} $format archives open with the password, and with no other"
