#!/usr/bin/env bash
# Lets only the admin networks reach the admin port, in a table of its own that DShield's rules never touch.
set -euo pipefail
# shellcheck source=common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"

rules() {
  local network family
  # The first line makes sure that there is something to delete; nft does it all in one transaction.
  printf '%s\n' 'table inet honeypot_admin' 'delete table inet honeypot_admin' 'table inet honeypot_admin {' 'chain input {' \
    'type filter hook input priority filter - 10; policy accept;'
  if [[ "${ADMIN_ALLOW_FROM}" != anywhere ]]; then
    printf 'iifname lo accept\n'
    for network in ${ADMIN_ALLOW_FROM}; do
      family=ip
      if [[ "${network}" == *:* ]]; then family=ip6; fi
      printf 'tcp dport %s %s saddr %s accept\n' "${ADMIN_SSH_PORT}" "${family}" "${network}"
    done
    printf 'tcp dport %s drop\n' "${ADMIN_SSH_PORT}"
  fi
  printf '}\n}\n'
}

rules | nft --file -
