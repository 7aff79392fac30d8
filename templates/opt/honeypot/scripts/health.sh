#!/usr/bin/env bash
# Every 15 minutes: checks the sensor's health, and tells people through the channels of the settings when it changes.
set -euo pipefail
exec python3 -I "${HONEYPOT_ROOT:-}/usr/local/lib/honeypot/health.py" "$@"
