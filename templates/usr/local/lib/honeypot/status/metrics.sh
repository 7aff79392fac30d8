#!/usr/bin/env bash
# Sourced by honeypot-status: checks that the exporter of measurements runs, behind its rules.
# shellcheck disable=SC2154,SC2310 # honeypot-status has the variables and functions
if [[ -e "${state}/first-boot.done" ]]; then
  if ! is_active prometheus-node-exporter; then
    add metrics bad "the node exporter is not running" "journalctl --unit prometheus-node-exporter"
  elif ((EUID == 0)) && ! nft list chain inet honeypot_admin metrics >/dev/null 2>&1; then
    add metrics bad "the rules for port ${METRICS_PORT} are not loaded" "sudo systemctl restart honeypot-admin-access"
  else
    add metrics good "port ${METRICS_PORT} from ${METRICS_ALLOW_FROM}"
  fi
fi
