#!/usr/bin/env bash
# Host name and time zone are those of the settings.
# Variables: name, timezone.
set -euo pipefail
found="$(hostname)"
if [[ "$found" != "$name" ]]; then missing "the host name is $found"; fi
found="$(readlink "$root"/etc/localtime || true)"
if [[ "${found#*/zoneinfo/}" != "$timezone" ]]; then missing "$root/etc/localtime is $found"; fi
seen "$name, $timezone"
