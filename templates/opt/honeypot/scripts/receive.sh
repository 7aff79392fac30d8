#!/usr/bin/env bash
# Receives the sensor's programs and secrets from standard input, completely or not at all: receive.sh SHA256.
set -euo pipefail
# shellcheck source=common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
umask 077
folder="${root}/var/lib/honeypot/delivery" limit=67108864

# sensorbake apply knows this exit code.
if [[ -e "${state}/delivered" || -e "${state}/first-boot.done" ]]; then
  log "this sensor already has its programs and secrets"
  exit 10
fi
if [[ ! "${1:-}" =~ ^[0-9a-f]{64}$ ]]; then
  log "usage: receive.sh SHA256 <ARCHIVE"
  exit 2
fi
mkdir --parents -- "${folder}"
take_lock receive
head --bytes="${limit}" >"${folder}/incoming"
if ! sha256sum --check --status - <<<"$1  ${folder}/incoming"; then
  rm -- "${folder}/incoming"
  log "the received data is damaged; nothing was changed"
  exit 1
fi
sync -- "${folder}/incoming"
mv --force -- "${folder}/incoming" "${folder}/payload.tar.gz"
# The first boot may already have unpacked it and removed the folder.
sync -- "${folder}" 2>/dev/null || [[ ! -e "${folder}" ]]
# The first boot unpacks it within seconds; after that, honeypot-status exists.
for ((i = 0; i < 60; i++)); do
  if [[ -e "${state}/delivered" ]]; then break; fi
  sleep 1
done
log "received: the first boot continues"
