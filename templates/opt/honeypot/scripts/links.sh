#!/usr/bin/env bash
# Every ten minutes: compares traffic with logs, logs with archives, archives with transfers, and reports with replies.
set -euo pipefail
exec python3 -I "${HONEYPOT_ROOT:-}/usr/local/lib/honeypot/links.py"
