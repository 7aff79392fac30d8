#!/usr/bin/env bash
# Programs listen on the ports of the honeypot.
# Variables: ports.
set -euo pipefail
for port in $ports; do
  if [[ -z "$(ss -Hltn "sport = :$port")" ]]; then missing "no program listens on port $port"; fi
done
seen "programs listen on ports $ports"
