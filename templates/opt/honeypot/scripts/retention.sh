#!/usr/bin/env bash
# Each minute: seals finished captures, deletes by age, then by disk use, and as a last resort pauses the capture.
set -euo pipefail
exec python3 -I "${HONEYPOT_ROOT:-}/usr/local/lib/honeypot/retention.py"
