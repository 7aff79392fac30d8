#!/usr/bin/env bash
# Allows only the admin networks to reach the admin port, in a separate table that DShield's rules never change.
# shellcheck disable=SC2310,SC2312 # functions are called as conditions, and a failure means no
set -euo pipefail
# shellcheck source=common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
reply="ipproto tcp sport ${ADMIN_SSH_PORT}" ports=("${ADMIN_SSH_PORT}")
if [[ -n "${METRICS_PORT:-}" ]]; then ports+=("${METRICS_PORT}"); fi

# allow_only PORT NETWORK...
allow_only() {
  local network family
  printf 'iifname lo accept\n'
  for network in "${@:2}"; do
    family=ip
    if [[ "${network}" == *:* ]]; then family=ip6; fi
    printf 'tcp dport %s %s saddr %s accept\n' "$1" "${family}" "${network}"
  done
  printf 'tcp dport %s drop\n' "$1"
}

rules() {
  # The first line ensures that the table exists before its deletion; nft applies everything in one transaction.
  printf '%s\n' 'table inet honeypot_admin' 'delete table inet honeypot_admin' 'table inet honeypot_admin {' 'chain input {' \
    'type filter hook input priority filter - 10; policy accept;'
  # shellcheck disable=SC2086 # these are words
  if [[ "${ADMIN_ALLOW_FROM}" != anywhere ]]; then allow_only "${ADMIN_SSH_PORT}" ${ADMIN_ALLOW_FROM}; fi
  if [[ -n "${METRICS_PORT:-}" ]]; then
    printf '%s\n' '}' 'chain metrics {' 'type filter hook input priority filter - 10; policy accept;'
    # shellcheck disable=SC2086 # these are words
    allow_only "${METRICS_PORT}" ${METRICS_ALLOW_FROM}
    # Visitors can make cowrie download a URL of this machine, also through a router, and it shows them the answer.
    printf '%s\n' '}' 'chain metrics_output {' 'type filter hook output priority filter - 10; policy accept;' \
      "meta skuid != 0 tcp dport ${METRICS_PORT} reject with tcp reset"
  fi
  printf '}\n}\n'
}

# delete_routes PRIORITY...
delete_routes() {
  local family priority
  for family in -4 -6; do
    for priority; do
      while ip "${family}" rule delete priority "${priority}" 2>/dev/null; do :; done
    done
  done
}

# Until the first boot has installed nft, replies of the admin port have a route only to the admin networks.
route_replies() {
  local network family
  delete_routes 12000
  if [[ "${ADMIN_ALLOW_FROM}" == anywhere ]]; then return; fi
  for network in ${ADMIN_ALLOW_FROM}; do
    family=-4
    if [[ "${network}" == *:* ]]; then family=-6; fi
    # shellcheck disable=SC2086 # these are words
    ip "${family}" rule add priority 12000 to "${network}" ${reply} lookup main || true
  done
  for family in -4 -6; do
    # shellcheck disable=SC2086 # these are words
    ip "${family}" rule add priority 12001 ${reply} blackhole 2>/dev/null || true
  done
}

# open_other_firewalls PORT: an image's own firewall may reject the port. This inserts a rule at its top that accepts the port;
# the rules above decide from which networks. ufw and firewalld have commands for this, which also change their files.
open_other_firewalls() {
  local zone command chain port="$1/tcp"
  if [[ "$(ufw status 2>/dev/null)" == "Status: active"* ]]; then
    ufw prepend allow "${port}" >/dev/null || log "ufw may block port ${port}"
  fi
  for zone in $(firewalld_zones); do
    for command in --permanent --timeout=0; do
      firewall-cmd --quiet "${command}" --zone="${zone}" --add-port="${port}" || log "firewalld may block port ${port}"
    done
  done
  for command in iptables ip6tables; do
    # firewall.sh loads DShield's rules together with those of the admin networks.
    if [[ "${command}" == iptables && -e "${root}/etc/network/iptables" ]]; then continue; fi
    chain="$("${command}" --wait --list-rules INPUT 2>/dev/null)" || continue
    if [[ "${chain}" == "-P INPUT ACCEPT" || "${chain}" == *" --dport $1 -m comment --comment honeypot "* ]]; then continue; fi
    # shellcheck disable=SC2046 # these are words
    "${command}" --wait --insert INPUT $(pass "$1") || log "${command} may block port ${port}"
  done
  chains_of_input | while read -r chain; do
    # shellcheck disable=SC2086 # these are words
    if [[ "$(nft list chain ${chain})" == *" dport $1 accept comment \"honeypot\""* ]]; then continue; fi
    # shellcheck disable=SC2086 # these are words
    nft insert rule ${chain} tcp dport "$1" accept comment honeypot || log "the rules of ${chain} may block port ${port}"
  done
}

# close_other_firewalls PORT: removes its rules.
close_other_firewalls() {
  local zone command chain handle port="$1/tcp"
  log "port $1 is no longer used: removing its rules from the image's own firewall"
  if [[ "$(ufw status 2>/dev/null)" == "Status: active"* ]]; then
    ufw delete allow "${port}" >/dev/null || log "ufw may still allow port ${port}: run ufw delete allow ${port}"
  fi
  for zone in $(firewalld_zones); do
    for command in --permanent --timeout=0; do
      firewall-cmd --quiet "${command}" --zone="${zone}" --remove-port="${port}" || log "firewalld may still allow port ${port}"
    done
  done
  for command in iptables ip6tables; do
    # shellcheck disable=SC2046 # these are words
    while "${command}" --wait --delete INPUT $(pass "$1") 2>/dev/null; do :; done
  done
  chains_of_input | while read -r chain; do
    # shellcheck disable=SC2086 # these are words
    nft --handle list chain ${chain} | sed --quiet "s/.* dport $1 accept comment \"honeypot\" # handle //p" |
      while read -r handle; do nft delete rule ${chain} handle "${handle}"; done
  done
}

# pass PORT: prints the arguments of an iptables rule.
pass() { printf '%s ' --protocol tcp --dport "$1" --match comment --comment honeypot --jump ACCEPT; }

firewalld_zones() {
  if ! firewall-cmd --quiet --state 2>/dev/null; then return; fi
  firewall-cmd --get-default-zone
  firewall-cmd --get-active-zones | sed '/^ /d; s/ .*//'
}

# Chains of iptables are called INPUT. Only firewalld may write to its table.
chains_of_input() {
  if ! command -v nft >/dev/null; then return; fi
  nft list chains | awk '$1 == "table" { table = $2 " " $3 } $1 == "chain" { chain = $2 }
    / hook input / && table ~ /^(ip6?|inet) / && table !~ / (honeypot_|firewalld$)/ && chain != "INPUT" { print table " " chain }'
}

# Remembers each port until its rules are removed, even after interruptions.
close_former_ports() {
  local file="${state}/admin-ports" port former=()
  if [[ -e "${file}" ]]; then mapfile -t former <"${file}"; fi
  if [[ "${former[*]}" == "${ports[*]}" ]]; then return; fi
  mkdir --parents -- "${state}"
  put "${file}" printf '%s\n' "${former[@]}" "${ports[@]}" || return 0
  for port in "${former[@]}"; do
    if [[ " ${ports[*]} " != *" ${port} "* ]]; then close_other_firewalls "${port}"; fi
  done
  put "${file}" printf '%s\n' "${ports[@]}" || true
}

if ! command -v nft >/dev/null; then
  route_replies
elif rules | nft --file -; then
  delete_routes 12000 12001
else
  # The previously loaded rules stay.
  nft list table inet honeypot_admin >/dev/null 2>&1 || route_replies
  exit 1
fi
for port in "${ports[@]}"; do open_other_firewalls "${port}"; done
close_former_ports
