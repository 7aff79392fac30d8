#!/usr/bin/env bash
# Copies the end of the first boot's log, without secrets, to the boot partition, to be read with a card reader.
# shellcheck disable=SC2312 # a missing file contains no secret
set -euo pipefail
# shellcheck source=common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
boot="${root}/boot/firmware" copy="sensor-first-boot.log"

main() {
  local text secret
  text="$(tail --lines=2000 -- "${root}/var/log/honeypot_setup.log" | tr --delete '\0')"
  while IFS= read -r secret; do
    if ((${#secret} >= 4)); then text="${text//"${secret}"/[secret]}"; fi
  done < <(list_secrets)
  printf '%s\n' "${text}" >"${boot}/${copy}.new"
  sync -- "${boot}/${copy}.new"
  mv --force -- "${boot}/${copy}.new" "${boot}/${copy}"
  sync -- "${boot}"
}

# Line by line, because a part of a key is a secret too.
list_secrets() {
  cat -- "${secrets}"/* 2>/dev/null || true
  sed --quiet --separate 's/^psk=//p' -- "${root}"/etc/NetworkManager/system-connections/* 2>/dev/null || true
  sed --quiet --separate 's/^ *password: *"\{0,1\}\(.*[^"]\)"\{0,1\}$/\1/p' -- "${root}"/etc/netplan/*.yaml 2>/dev/null || true
}

main "$@"
