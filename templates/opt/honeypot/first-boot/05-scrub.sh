#!/usr/bin/env bash
# Takes the secrets from the boot partition, which every user of a Pi may read. First of all: nothing listens before it.
set -euo pipefail
# shellcheck source=../scripts/common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
boot="${root}/boot/firmware"

# The seed stays: cloud-init without user-data and meta-data would take the sensor for a new machine.
main() {
  local file rest
  if [[ -e "${boot}/user-data" ]]; then overwrite "${boot}/user-data" $'#cloud-config\n{}\n'; fi
  if [[ -e "${boot}/network-config" ]]; then
    rest="$(sed 's/^\( *password:\).*/\1 "scrubbed"/' -- "${boot}/network-config")"
    overwrite "${boot}/network-config" "${rest}"$'\n'
  fi
  # honeypot-unpack.sh may be run once more, and then finds nothing to lay.
  for file in honeypot.tar.gz firstrun.sh; do
    if [[ ! -e "${boot}/${file}" ]]; then continue; fi
    overwrite "${boot}/${file}" ""
    rm -- "${boot}/${file}"
  done
  sync -- "${boot}"
  log "the boot partition holds no secret any more"
}

# overwrite FILE TEXT: in place, the rest of the old content by line ends, so that it is not left in free blocks.
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
