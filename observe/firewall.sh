#!/usr/bin/env bash
# DShield's firewall is loaded, for both families.
set -euo pipefail
if ! said="$(timeout 60 "$root"/opt/honeypot/scripts/firewall.sh --check 2>&1)"; then missing "not loaded: $said"; fi
# With --quiet, grep could end before nft has printed everything, which pipefail takes for a failure.
if ! nft list table ip6 honeypot_firewall 2>/dev/null | grep 'policy drop' >/dev/null; then missing "no rules for IPv6"; fi
seen "firewall.sh --check, and the table ip6 honeypot_firewall"
