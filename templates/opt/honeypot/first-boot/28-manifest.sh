#!/usr/bin/env bash
# Writes the manifest: the checksum of every file of the sensor, by which honeypot-status finds changed files. Only root
# can read it, because it includes checksums of secrets.
set -euo pipefail
# shellcheck source=../scripts/common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"

checksums() {
  local folder folders=()
  cd -- "${root}/"
  for folder in etc opt/honeypot/first-boot opt/honeypot/scripts root/bin usr/local/bin usr/local/lib/honeypot; do
    if [[ -d "${folder}" ]]; then folders+=("${folder}"); fi
  done
  # Files that only brought the programs here, or that change, are left out.
  find "${folders[@]}" -type f \( -path '*honeypot*' -o -path root/bin/postinstall.sh -o -path etc/filebeat/filebeat.yml \) \
    ! -path 'etc/sudoers.d/*' ! -path 'etc/honeypot/baked.*' ! -path '*/baked.*' ! -path etc/honeypot/wanted.sha256 \
    ! -path 'etc/honeypot/*manifest*' ! -path etc/honeypot/programs.list ! -name honeypot-programs.service \
    ! -name fetch-programs.sh ! -name receive.sh ! -name 25-delivery.sh ! -path 'etc/cloud/*' ! -path '*system-preset*' -print0 |
    sort --zero-terminated | xargs --null sha256sum -- | sed 's|  |  /|'
}

if [[ ! -e "${root}/etc/honeypot/manifest" ]]; then
  (umask 077 && put "${root}/etc/honeypot/manifest" checksums)
fi
