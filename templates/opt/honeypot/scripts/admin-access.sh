#!/usr/bin/env bash
# Lets only the admin networks reach the admin port, in a table of its own that DShield's rules never touch.
set -euo pipefail
# shellcheck source=common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"

rules() {
  local network family
  # The first line makes sure that there is something to delete; nft does it all in one transaction.
  printf 'table inet honeypot_admin\ndelete table inet honeypot_admin\ntable inet honeypot_admin {\nchain input {\n'
  printf 'type filter hook input priority filter - 10; policy accept;\n'
  if [[ "${ADMIN_ALLOW_FROM}" != anywhere ]]; then
    printf 'iifname "lo" accept\n'
    for network in ${ADMIN_ALLOW_FROM}; do
      if [[ "${network}" == *[!0-9a-fA-F:./]* ]]; then
        log "ADMIN_ALLOW_FROM: ${network} is not a network"
        exit 1
      fi
      family=ip
      if [[ "${network}" == *:* ]]; then family=ip6; fi
      printf 'tcp dport %s %s saddr %s accept\n' "${ADMIN_SSH_PORT}" "${family}" "${network}"
    done
    printf 'tcp dport %s drop\n' "${ADMIN_SSH_PORT}"
  fi
  printf '}\n}\n'
}

new="$(rules)"
nft --check --file - <<<"${new}"
nft --file - <<<"${new}"
