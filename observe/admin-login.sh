#!/usr/bin/env bash
# This script runs in a session of the admin on the admin port.
# Variables: user, port.
set -euo pipefail
if [[ "${SUDO_USER:-}" != "$user" ]]; then missing "sudo was used by ${SUDO_USER:-nobody}"; fi
if [[ -z "$(ss -Htn state established "sport = :$port")" ]]; then missing "no session on port $port"; fi
seen "a session of $user on port $port"
