#!/usr/bin/env bash
# Each archive is encrypted to as many recipients as the settings have.
# Variables: recipients.
set -euo pipefail
cd "$root"/var/backups/honeypot
shopt -s nullglob
archives=(*.tar.zst.age)
if ((${#archives[@]} == 0)); then missing "there is no encrypted archive"; fi
for archive in "${archives[@]}"; do
  header="$(head --bytes=4000 -- "$archive" | grep --text --max-count=60 -E '^(age-encryption.org/v1|-> (X25519|ssh-ed25519|ssh-rsa) .*)$' || true)"
  if [[ "${header%%$'\n'*}" != age-encryption.org/v1 ]]; then missing "$archive is not encrypted"; fi
  count="$(grep --count '^-> ' <<<"$header" || true)"
  if [[ "$count" != "$recipients" ]]; then missing "$archive is encrypted to $count recipients"; fi
done
seen "${#archives[@]} archives, each encrypted to $recipients recipients"
