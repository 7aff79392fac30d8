#!/usr/bin/env bash
# The first boot has ended, and no unit has failed.
set -euo pipefail
state="$root"/var/lib/honeypot/state
if [[ ! -e "$state/first-boot.done" ]]; then missing "not ended: $(head --bytes=200 "$state/first-boot.last" 2>/dev/null || true)"; fi
failed="$(systemctl --failed --no-legend --plain | awk '{ print $1 }')"
if [[ -n "$failed" ]]; then missing "failed units: $failed"; fi
stamps=("$state"/first-boot/*.done)
seen "$state/first-boot.done, and ${#stamps[@]} stamps of steps"
