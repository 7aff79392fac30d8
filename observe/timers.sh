#!/usr/bin/env bash
# The units run now and after a boot.
# Variables: units.
set -euo pipefail
for unit in $units; do
  if ! systemctl is-active --quiet "$unit"; then missing "$unit is not active"; fi
  if ! systemctl is-enabled --quiet "$unit"; then missing "$unit does not start at boot"; fi
done
seen "active, and enabled at boot: $units"
