#!/usr/bin/env bash
# Starts the timer of the health checks, so that a first boot that fails is reported.
set -euo pipefail
# shellcheck source=../scripts/common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"

systemctl enable --quiet --now honeypot-health.timer
