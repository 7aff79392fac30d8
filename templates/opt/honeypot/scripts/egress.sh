#!/usr/bin/env bash
# What may leave the sensor: nothing to the provider's metadata, which hold the seed, and little from the honeypot's users.
# Each minute: loads the rules again when a user, a route or a name server has changed, or when they are gone.
# --check: whether they are as they were loaded.
# shellcheck disable=SC2310,SC2312 # what is not there says nothing, and nothing is an answer too
set -euo pipefail
# shellcheck source=common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
init="${root}/run/cloud-init" loaded="${root}/run/honeypot/egress" users=""
private="10.0.0.0/8, 100.64.0.0/10, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16" private6="fc00::/7, fe80::/10"

# family ADDRESS
family() { if [[ "$1" == *:* ]]; then printf 'ip6'; else printf ip; fi; }

# What goes to a router leaves the network; what goes to a neighbour has the neighbour itself as next hop, whatever its
# address. Routers have private addresses (also beside a public prefix) or are named in a route.
through_router() {
  local line
  printf 'rt %s nexthop { %s } goto outside\n' ip "${private}" ip6 "${private6}"
  while read -r line; do
    if [[ "${line}" =~ " via "([0-9a-f.:]+)" " ]]; then
      printf 'rt %s nexthop %s goto outside\n' "$(family "${BASH_REMATCH[1]}")" "${BASH_REMATCH[1]}"
    elif [[ "${line}" =~ ^(default|0\.0\.0\.0/1|128\.0\.0\.0/1|::/1|8000::/1|2000::/3)" ".*dev" "([[:alnum:]._-]+) ]]; then
      # A line to one other end has no router.
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

rules() {
  local user who=""
  printf '%s\n' 'table inet honeypot_egress' 'delete table inet honeypot_egress' 'table inet honeypot_egress {'
  if [[ -n "${EGRESS:-}" ]]; then limited; fi
  printf '%s\n' 'chain output {' 'type filter hook output priority filter; policy accept;'
  if [[ -n "${METADATA_BLOCKED:-}" ]]; then
    # cloud-init asks at each boot who this is, and takes it for a new machine when nobody answers.
    if [[ -d "${init}" && ! -e "${init}/result.json" && ! -e "${init}/disabled" ]]; then who="meta skuid != 0"; fi
    # Some providers have their name server at that address, and Azure its agent's at another.
    printf '%s tcp dport != 53 %s reject with tcp reset\n' 'ip daddr 169.254.169.254' "${who}" \
      'ip6 daddr { fd00:ec2::254, fd00:c1::a9fe:a9fe, fd20:ce::254, fe80::a9fe:a9fe }' "${who}" \
      'ip daddr 168.63.129.16' 'meta skuid != 0'
  fi
  for user in ${users}; do printf 'meta skuid %s jump limited\n' "$(id --user -- "${user}")"; done
  printf '}\n}\n'
}

# Without its counters.
listed() { nft --stateless list table inet honeypot_egress 2>/dev/null || true; }

if ! command -v nft >/dev/null; then exit; fi
before="$(cat -- "${loaded}" 2>/dev/null || true)"
if [[ "${1:-}" == --check ]]; then
  now="$(listed)"
  [[ -n "${now}" && "${before}" == *$'\n\n'"${now}" ]]
  exit
fi
if [[ -n "${EGRESS:-}" ]]; then
  for user in cowrie webhpot honeypot; do
    if id -- "${user}" >/dev/null 2>&1; then users+=" ${user}"; fi
  done
fi
wanted="$(rules)"
if [[ "${before}" == "${wanted}"$'\n\n'"$(listed)" ]]; then exit; fi
trap 'record_end egress' EXIT
nft --file - <<<"${wanted}"
install --directory --mode=0700 -- "${root}/run/honeypot"
put "${loaded}" printf '%s\n\n%s\n' "${wanted}" "$(listed)"
message="loaded${users:+, the web and names only for${users}}"
if [[ "${before}" == "${wanted}"$'\n\n'* ]]; then message+=": the rules were gone or changed"; fi
log "${message}"
