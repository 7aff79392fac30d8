#!/usr/bin/env bash
# The firewall log has packets of the source to one of the ports.
# Variables: source, ports.
set -euo pipefail
count="$(grep --text --count --no-messages -E "DSHIELDINPUT.* SRC=${source//./\\.} .* DPT=(${ports// /|}) " "$root"/var/log/dshield.log || true)"
if [[ ! "$count" =~ ^[1-9][0-9]{0,11}$ ]]; then missing "no line of $source in $root/var/log/dshield.log"; fi
seen "$count lines in $root/var/log/dshield.log"
