#!/usr/bin/env bash
# Waits until an admin sends the sensor's programs and secrets over SSH, and unpacks them.
# shellcheck disable=SC2312 # without /dev/console the notice is in the log
set -euo pipefail
# shellcheck source=../scripts/common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
payload="${root}/var/lib/honeypot/delivery/payload.tar.gz"
notices=("${root}/run/issue.d/honeypot.issue" "${root}/run/motd.d/honeypot")

main() {
  if [[ ! -e "${state}/delivered" ]]; then
    if [[ ! -e "${payload}" ]]; then wait_for_payload; fi
    tar --extract --gzip --file="${payload}" --directory="${root}/" --no-same-owner
    sync
    systemctl daemon-reload
    put "${state}/delivered" printf 'yes\n'
  fi
  # Its files are in their places, each with its own mode.
  rm --recursive --force -- "${payload%/*}" "${notices[@]}"
}

wait_for_payload() {
  local notice message="waits for its programs and secrets: run sensorbake apply with the settings file"
  record first-boot waiting "${message}"
  log "${SENSOR_NAME} ${message}"
  printf '%s %s\n' "${SENSOR_NAME}" "${message}" >"${root}/dev/console" || true
  for notice in "${notices[@]}"; do
    mkdir --parents -- "${notice%/*}"
    printf '%s %s\n' "${SENSOR_NAME}" "${message}" >"${notice}"
  done
  until [[ -e "${payload}" ]]; do sleep "${delivery_poll_seconds:-2}"; done
}

main "$@"
