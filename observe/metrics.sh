#!/usr/bin/env bash
# The exporter listens, and has a measurement of the sensor.
# Variables: port.
set -euo pipefail
if [[ "$(ss -Hltnp "sport = :$port")" != *'"prometheus-node'* ]]; then missing "the node exporter does not listen on port $port"; fi
if ! timeout 300 systemctl start honeypot-health.service; then missing "honeypot-health.service fails"; fi
file="$(grep --files-with-matches --no-messages '^honeypot_healthy' "$root"/run/honeypot-metrics/*.prom | head --lines=1 || true)"
if [[ -z "$file" ]]; then missing "no file of $root/run/honeypot-metrics has honeypot_healthy"; fi
seen "the exporter listens on port $port, and $file has honeypot_healthy"
