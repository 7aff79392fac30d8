#!/usr/bin/env bash
# Filebeat runs.
set -euo pipefail
if ! systemctl is-active --quiet filebeat.service; then missing "Filebeat is not running"; fi
seen "Filebeat is running"
