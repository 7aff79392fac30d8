#!/usr/bin/env bash
# Sourced by honeypot-status: checks the transfer of archives to the backup server.
# shellcheck disable=SC2154 # honeypot-status has the variables
if [[ -e "${state}/first-boot.done" ]]; then
  check_task transfer transfer "${TRANSFER_INTERVAL_SECONDS}"
  if [[ -s "${root}/etc/honeypot/transfer_key.pub" ]]; then
    add "transfer key" good "$(<"${root}/etc/honeypot/transfer_key.pub")"
  else
    add "transfer key" bad "missing" "sudo /opt/honeypot/first-boot/50-transfer-key.sh"
  fi
fi
