#!/usr/bin/env bash
# Sourced by egress.sh: the rules for the honeypot's users if egress is restricted.
# shellcheck disable=SC2154 # common.sh has the variables
private="10.0.0.0/8, 100.64.0.0/10, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16" private6="fc00::/7, fe80::/10"

# add_for ADDRESS FORMAT: adds a line with the family of the address and the address.
add_for() {
  local family=ip
  if [[ "$1" == *:* ]]; then family=ip6; fi
  add "$2\n" "${family}" "$1"
}

# Traffic that leaves the network has a router as its next hop; traffic to a neighbour has the neighbour itself, whatever
# its address. Routers have private addresses (even beside a public prefix) or are named in a route.
through_router() {
  local line routes
  declare -A known=()
  add 'rt %s nexthop { %s } goto outside\n' ip "${private}" ip6 "${private6}"
  # Of both families.
  routes="$(exec ip route show table all 2>/dev/null)" || routes=""
  while read -r line; do
    if [[ "${line}" =~ " via "([0-9a-f.:]+)" " ]]; then
      if [[ -z "${known["${BASH_REMATCH[1]}"]:-}" ]]; then add_for "${BASH_REMATCH[1]}" 'rt %s nexthop %s goto outside'; fi
      known["${BASH_REMATCH[1]}"]=yes
    elif [[ "${line}" =~ ^(default|0\.0\.0\.0/1|128\.0\.0\.0/1|::/1|8000::/1|2000::/3)" ".*dev" "([[:alnum:]._-]+) ]]; then
      # A point-to-point link has no router.
      if [[ -z "${known["${BASH_REMATCH[2]}"]:-}" ]]; then add 'oifname "%s" goto outside\n' "${BASH_REMATCH[2]}"; fi
      known["${BASH_REMATCH[2]}"]=yes
    fi
  done <<<"${routes}"
}

limited() {
  local line server='^nameserver[[:space:]]+(([0-9]{1,3}\.){3}[0-9]{1,3}|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*)(%.*|[[:space:]].*)?$'
  add '%s\n' 'chain outside {' 'meta l4proto { tcp, udp } th dport 53 accept' 'udp dport 123 accept' \
    'tcp dport { 80, 443 } accept' 'counter drop' '}' 'chain limited {' 'ct state established,related accept' \
    "oifname lo tcp dport ${ADMIN_SSH_PORT} counter drop" 'oifname lo accept'
  if [[ -r "${root}/etc/resolv.conf" ]]; then
    while IFS= read -r line || [[ -n "${line}" ]]; do
      if [[ "${line}" =~ ${server} ]]; then add_for "${BASH_REMATCH[1]}" '%s daddr %s meta l4proto { tcp, udp } th dport 53 accept'; fi
    done <"${root}/etc/resolv.conf"
  fi
  add '%s daddr { %s } counter drop\n' ip "${private}" ip6 "${private6}"
  through_router
  add '%s\n' 'counter drop' '}'
}
