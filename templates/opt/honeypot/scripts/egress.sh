#!/usr/bin/env bash
# What may leave the sensor: nothing to the provider's metadata, which hold the seed, and little from the honeypot's users.
# shellcheck disable=SC2312 # a user that is not there has no number
set -euo pipefail
# shellcheck source=common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
init="${root}/run/cloud-init"

rules() {
  local name user who=""
  printf '%s\n' 'table inet honeypot_egress' 'delete table inet honeypot_egress' 'table inet honeypot_egress {' 'chain limited {' \
    'ct state established,related accept' 'oifname lo accept' 'meta l4proto { tcp, udp } th dport 53 accept' 'udp dport 123 accept' \
    'ip daddr { 10.0.0.0/8, 100.64.0.0/10, 169.254.0.0/16, 172.16.0.0/12, 192.168.0.0/16 } counter drop' \
    'ip6 daddr { fc00::/7, fe80::/10 } counter drop' 'tcp dport { 80, 443 } accept' 'counter drop' '}' \
    'chain output {' 'type filter hook output priority filter; policy accept;'
  if [[ -n "${METADATA_BLOCKED:-}" ]]; then
    # cloud-init asks at each boot who this is, and takes it for a new machine when nobody answers.
    if [[ -d "${init}" && ! -e "${init}/result.json" && ! -e "${init}/disabled" ]]; then who="meta skuid != 0"; fi
    # Some providers have their name server at that address, and Azure its agent's at another.
    printf '%s tcp dport != 53 %s reject with tcp reset\n' 'ip daddr 169.254.169.254' "${who}" \
      'ip6 daddr { fd00:ec2::254, fd00:c1::a9fe:a9fe, fd20:ce::254, fe80::a9fe:a9fe }' "${who}" \
      'ip daddr 168.63.129.16' 'meta skuid != 0'
  fi
  if [[ -n "${EGRESS:-}" ]]; then
    for name in cowrie webhpot honeypot; do
      if user="$(id --user -- "${name}" 2>/dev/null)"; then printf 'meta skuid %s jump limited\n' "${user}"; fi
    done
  fi
  printf '}\n}\n'
}

rules | nft --file -
