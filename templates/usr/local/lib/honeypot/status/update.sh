#!/usr/bin/env bash
# honeypot-status sources this: how the last update of DShield ended.
# shellcheck disable=SC2154,SC2312 # those names are honeypot-status's
read_last dshield-update
if [[ "${result}" == failed ]]; then
  add update bad "$(ago "${when}"): ${message}" "journalctl --unit honeypot-update"
elif ((when > 0)); then
  add update good "$(ago "${when}"): ${message}"
fi
