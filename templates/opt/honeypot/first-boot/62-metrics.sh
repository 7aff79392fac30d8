#!/usr/bin/env bash
# Starts the exporter of measurements for Prometheus.
set -euo pipefail
# shellcheck source=../scripts/common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"

# An image has the unit, but not the networks of this sensor.
systemctl daemon-reload
# Its package may have tried to start it before there were rules.
systemctl reset-failed prometheus-node-exporter.service || true
systemctl enable --quiet prometheus-node-exporter.service
systemctl restart prometheus-node-exporter.service
