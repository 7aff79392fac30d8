#!/usr/bin/env bash
# Collection succeeds. Another run may have the lock (75).
set -euo pipefail
for ((try = 0; try < 60; try++)); do
  code=0
  timeout 120 "$root"/opt/honeypot/scripts/collect.sh >/dev/null 2>&1 || code=$?
  if ((code != 75)); then break; fi
  sleep 2
done
if ((code)); then missing "collect.sh ends with exit code $code: $(head --bytes=200 "$root"/var/lib/honeypot/state/collect.notes 2>/dev/null || true)"; fi
seen "collect.sh: $(cut --delimiter=' ' --fields=2- "$root"/var/lib/honeypot/state/collect.last)"
