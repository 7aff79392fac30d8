#!/usr/bin/env bash
# Unpacks the sensor's files on a Raspberry Pi without cloud-init, to be run at its next boot.
set -euo pipefail
root="${HONEYPOT_ROOT:-}" archive="${HONEYPOT_ROOT:-}/boot/firmware/honeypot.tar.gz"

main() {
  # Nothing to unpack once the first boot has started.
  if [[ ! -e "${archive}" ]]; then return; fi
  tar --extract --gzip --file="${archive}" --directory="${root:-/}" --no-same-owner
  # shellcheck source=../../../test/support/honeypot.env
  source "${root}/etc/default/honeypot"
  set_host_name
  if [[ -e "${root}/etc/NetworkManager/system-connections/honeypot-wifi.nmconnection" ]]; then turn_radio_on; fi
  # The wizard of Raspberry Pi OS would wait for input from a keyboard.
  systemctl mask userconfig.service
  systemctl daemon-reload
  # A unit that is enabled before its files are on the disk would run empty ones after a power cut.
  sync
  systemctl enable honeypot-first-boot.service
  sync
}

set_host_name() {
  printf '%s\n' "${SENSOR_NAME}" >"${root}/etc/hostname"
  touch -- "${root}/etc/hosts"
  sed --in-place '/^127\.0\.1\.1\s/d' -- "${root}/etc/hosts"
  printf '127.0.1.1\t%s\n' "${SENSOR_NAME}" >>"${root}/etc/hosts"
}

# Images have Wi-Fi disabled, by the kernel's switch and by NetworkManager's own, until a country is set.
turn_radio_on() {
  local file="${root}/var/lib/NetworkManager/NetworkManager.state"
  rfkill unblock wifi || true
  if [[ -e "${file}" ]]; then sed --in-place 's/^WirelessEnabled=.*/WirelessEnabled=true/' -- "${file}"; fi
}

main "$@"
