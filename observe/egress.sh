#!/usr/bin/env bash
# The rules for outgoing traffic are loaded, and limit at least one of the honeypot's accounts.
set -euo pipefail
count="$(nft list table inet honeypot_egress 2>/dev/null | grep --count 'meta skuid .* jump limited' || true)"
if [[ ! "$count" =~ ^[1-9][0-9]{0,3}$ ]]; then missing "the table inet honeypot_egress limits no account"; fi
seen "the table inet honeypot_egress, $count rules for accounts"
