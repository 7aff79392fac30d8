#!/usr/bin/env bash
# Removes the secrets from the boot partition, which every user of a Pi can read. Runs before any service listens.
set -euo pipefail
# shellcheck source=../scripts/common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
boot="${root}/boot/firmware"

# The seed stays: without user-data and meta-data, cloud-init would treat the sensor as a new machine.
main() {
  local file rest
  if [[ -e "${boot}/user-data" ]]; then overwrite "${boot}/user-data" $'#cloud-config\n{}\n'; fi
  if [[ -e "${boot}/network-config" ]]; then
    rest="$(sed 's/^\( *password:\).*/\1 "scrubbed"/' -- "${boot}/network-config")"
    overwrite "${boot}/network-config" "${rest}"$'\n'
  fi
  # honeypot-unpack.sh may run once more and then finds nothing to unpack.
  for file in honeypot.tar.gz firstrun.sh; do
    if [[ ! -e "${boot}/${file}" ]]; then continue; fi
    overwrite "${boot}/${file}" ""
    rm -- "${boot}/${file}"
  done
  sync -- "${boot}"
  log "removed the secrets from the boot partition"
}

# overwrite FILE TEXT: in place, padded with line ends, so that no old content remains in free blocks.
overwrite() {
  local size
  size="$(stat --format=%s -- "$1")"
  {
    printf '%s' "$2"
    head --bytes="${size}" /dev/zero | tr '\0' '\n'
  } | dd of="$1" bs=64K iflag=fullblock conv=notrunc,fsync status=none
  truncate --size="${#2}" -- "$1"
  sync -- "$1"
}

main "$@"
