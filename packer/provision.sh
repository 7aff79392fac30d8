#!/usr/bin/env bash
# Copies the sensors' programs into an image and runs the first-boot steps that need no identity. Packer runs it as root.
set -euo pipefail
umask 022
root="${HONEYPOT_ROOT:-}" payload="${HONEYPOT_ROOT:-}/tmp/payload" policy="${HONEYPOT_ROOT:-}/usr/sbin/policy-rc.d"

main() {
  local mode path
  # Waits for cloud-init's changes to the disk and the network; in a chroot there are none. 2: it had a warning.
  if [[ -d "${root}/run/cloud-init" ]]; then cloud-init status --wait || (($? == 2)); fi
  # Packages must not start their services, because nothing may listen before the machine is a sensor.
  trap 'rm --force -- "${policy}"' EXIT
  printf '#!/bin/sh\nexit 101\n' >"${policy}"
  chmod 0755 -- "${policy}"
  # Copying does not reliably keep modes.
  while read -r mode path; do
    install -D --mode="${mode}" -- "${payload}/tree${path}" "${root}${path}"
  done <"${payload}/modes"
  "${root}/opt/honeypot/first-boot/run" --phase bake
  # Only a sensor with metrics starts it, with rules that keep visitors out.
  if [[ -e "${root}/usr/bin/prometheus-node-exporter" ]]; then systemctl ${root:+--root="${root}"} disable prometheus-node-exporter.service; fi
  # These are for a sensor's first boot.
  rm --force -- "${root}"/var/lib/honeypot/state/{first-boot{.done,.last,/payload.done},packages.boot}
  rm --recursive -- "${payload}"
}

main "$@"
