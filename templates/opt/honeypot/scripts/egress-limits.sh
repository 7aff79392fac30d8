#!/usr/bin/env bash
# Sourced by egress.sh: the rules for the honeypot's users if egress is restricted.
# shellcheck disable=SC2154 # common.sh has the variables
# shellcheck disable=SC2312 # a failed command prints nothing, which is handled
private="10.0.0.0/8, 100.64.0.0/10, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16" private6="fc00::/7, fe80::/10"

# family ADDRESS
family() { if [[ "$1" == *:* ]]; then printf 'ip6'; else printf ip; fi; }

# Traffic that leaves the network has a router as its next hop; traffic to a neighbour has the neighbour itself, whatever
# its address. Routers have private addresses (even beside a public prefix) or are named in a route.
through_router() {
  local line
  printf 'rt %s nexthop { %s } goto outside\n' ip "${private}" ip6 "${private6}"
  while read -r line; do
    if [[ "${line}" =~ " via "([0-9a-f.:]+)" " ]]; then
      printf 'rt %s nexthop %s goto outside\n' "$(family "${BASH_REMATCH[1]}")" "${BASH_REMATCH[1]}"
    elif [[ "${line}" =~ ^(default|0\.0\.0\.0/1|128\.0\.0\.0/1|::/1|8000::/1|2000::/3)" ".*dev" "([[:alnum:]._-]+) ]]; then
      # A point-to-point link has no router.
      printf 'oifname "%s" goto outside\n' "${BASH_REMATCH[2]}"
    fi
  done < <({ ip -4 route show table all; ip -6 route show table all; } 2>/dev/null) | sort --unique
}

limited() {
  local server
  printf '%s\n' 'chain outside {' 'meta l4proto { tcp, udp } th dport 53 accept' 'udp dport 123 accept' \
    'tcp dport { 80, 443 } accept' 'counter drop' '}' 'chain limited {' 'ct state established,related accept' \
    "oifname lo tcp dport ${ADMIN_SSH_PORT} counter drop" 'oifname lo accept'
  while read -r server; do
    printf '%s daddr %s meta l4proto { tcp, udp } th dport 53 accept\n' "$(family "${server}")" "${server}"
  done < <(sed --quiet --regexp-extended 's/^nameserver[[:space:]]+(([0-9]{1,3}\.){3}[0-9]{1,3}|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*)(%.*|[[:space:]].*)?$/\1/p' "${root}/etc/resolv.conf" 2>/dev/null)
  printf '%s daddr { %s } counter drop\n' ip "${private}" ip6 "${private6}"
  through_router
  printf '%s\n' 'counter drop' '}'
}
