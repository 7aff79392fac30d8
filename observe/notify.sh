#!/usr/bin/env bash
# Sends the heartbeat and a test message.
set -euo pipefail
if ! timeout 300 systemctl start honeypot-health.service; then missing "honeypot-health.service fails"; fi
said="$(timeout 300 honeypot-status --test-notify 2>&1 || true)"
seen "honeypot-status --test-notify: $said"
