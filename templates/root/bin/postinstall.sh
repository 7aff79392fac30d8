#!/usr/bin/env bash
# DShield's installer runs this when it ends; where it no longer may, honeypot-reapply.path sees what it has written.
set -euo pipefail
systemctl start --no-block honeypot-reapply.service
