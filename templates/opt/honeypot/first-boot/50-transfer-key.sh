#!/usr/bin/env bash
# Makes the key by which the sensor logs in to the backup server, unless it was given one; shows the public half.
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
log "public half for the backup server: $(<"${public}")"
