#!/usr/bin/env bash
# Lays the sensors' programs into an image and runs the first-boot steps that need no identity. Packer runs it, as root.
set -euo pipefail
umask 022
root="${HONEYPOT_ROOT:-}" payload="${HONEYPOT_ROOT:-}/tmp/payload" policy="${HONEYPOT_ROOT:-}/usr/sbin/policy-rc.d"

main() {
  local mode path
  # What cloud-init does to the disk and the network comes first; in a chroot it does nothing. 2: it had a warning.
  if [[ -d "${root}/run/cloud-init" ]]; then cloud-init status --wait || (($? == 2)); fi
  # No package is to start its service: nothing listens before there is a sensor.
  trap 'rm --force -- "${policy}"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"${policy}"
  chmod 0755 -- "${policy}"
  # How modes come over depends on who copies.
  while read -r mode path; do
    install -D --mode="${mode}" -- "${payload}/tree${path}" "${root}${path}"
  done <"${payload}/modes"
  "${root}/opt/honeypot/first-boot/run" --phase bake
  # They are for a sensor, whose first boot is still to come.
  rm --force -- "${root}"/var/lib/honeypot/state/{first-boot{.done,.last,/payload.done},packages.boot}
  rm --recursive -- "${payload}"
}

main "$@"
