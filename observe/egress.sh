#!/usr/bin/env bash
# The rules for outgoing traffic of the honeypot's accounts are loaded.
set -euo pipefail
rules="$(nft list table inet honeypot_egress 2>/dev/null | grep --count -E 'accept|drop|reject' || true)"
if [[ -z "$rules" || "$rules" == 0 ]]; then missing "the table inet honeypot_egress is not loaded"; fi
seen "the table inet honeypot_egress, $rules rules"
