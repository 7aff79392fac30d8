#!/usr/bin/env bash
# No sshd listens on port 22.
set -euo pipefail
said="$(ss -Hltnp 'sport = :22')"
if [[ "$said" == *'"sshd"'* || "$said" == *'"systemd"'* ]]; then missing "sshd listens on port 22"; fi
seen "no sshd among the listeners of port 22"
