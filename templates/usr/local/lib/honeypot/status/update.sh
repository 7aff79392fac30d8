#!/usr/bin/env bash
# Sourced by honeypot-status: checks the last update of DShield.
# shellcheck disable=SC2154,SC2312 # honeypot-status has the variables
read_last dshield-update
if [[ "${result}" == failed ]]; then
  add update bad "$(ago "${when}"): ${message}" "journalctl --unit honeypot-update"
elif ((when > 0)); then
  add update good "$(ago "${when}"): ${message}"
fi
