#!/usr/bin/env bash
# Starts the rescue timer, which opens the admin port if no admin can log in.
set -euo pipefail
# shellcheck source=../scripts/common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"

systemctl enable --quiet --now honeypot-rescue.timer
