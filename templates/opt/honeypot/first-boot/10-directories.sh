#!/usr/bin/env bash
# Creates the capture's user and the sensor's directories.
set -euo pipefail
# shellcheck source=../scripts/common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"

systemd-sysusers --root="${root:-/}" - <"${root}/etc/sysusers.d/honeypot.conf"
systemd-tmpfiles --root="${root:-/}" --create - <"${root}/etc/tmpfiles.d/honeypot.conf"
mkdir --parents -- "${secrets}"
chmod 0700 -- "${secrets}"
find "${secrets}" -type f -exec chmod 0600 -- {} +
