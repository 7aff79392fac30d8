#!/usr/bin/env bash
# Every minute: seals closed captures, deletes by age, then by disk use, and as the last resort pauses the capture.
set -euo pipefail
exec python3 -I "${HONEYPOT_ROOT:-}/usr/local/lib/honeypot/retention.py"
