#!/usr/bin/env bash
# Generates the sensor's key for the backup server, unless the settings provide one, and logs the public key.
set -euo pipefail
# shellcheck source=../scripts/common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
key="${secrets}/transfer_key" public="${root}/etc/honeypot/transfer_key.pub"

if [[ ! -s "${key}" ]]; then
  rm --force -- "${key}.new" "${key}.new.pub"
  ssh-keygen -q -t ed25519 -N '' -C "honeypot ${SENSOR_NAME}" -f "${key}.new"
  sync -- "${key}.new"
  mv --force -- "${key}.new" "${key}"
fi
ssh-keygen -y -f "${key}" >"${public}.new"
chmod 0644 -- "${public}.new"
mv --force -- "${public}.new" "${public}"
log "public key for the backup server: $(<"${public}")"
