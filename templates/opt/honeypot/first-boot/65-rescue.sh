#!/usr/bin/env bash
# From now on somebody must be able to log in.
set -euo pipefail
# shellcheck source=../scripts/common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"

systemctl enable --quiet --now honeypot-rescue.timer
