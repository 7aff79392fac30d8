#!/usr/bin/env bash
# What may leave the sensor: nothing to the provider's metadata, which hold the seed, and little from the honeypot's users.
# Each minute: loads the rules again when a user, a route or a name server has changed, or when they are gone.
# --check: whether they are as they were loaded.
# shellcheck disable=SC2310,SC2312 # what is not there says nothing, and nothing is an answer too
set -euo pipefail
# shellcheck source=common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
init="${root}/run/cloud-init" loaded="${root}/run/honeypot/egress" users=""


rules() {
  local user who=""
  printf '%s\n' 'table inet honeypot_egress' 'delete table inet honeypot_egress' 'table inet honeypot_egress {'
  if [[ -n "${users}" ]]; then limited; fi
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
  # shellcheck source=egress-limits.sh
  source "${root}/opt/honeypot/scripts/egress-limits.sh"
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
