#!/usr/bin/env bash
# Blocks traffic to the provider's metadata service, which has the seed, and limits the honeypot's users. Each minute it
# reloads the rules if a user, a route or a name server has changed, or if the rules are missing.
# --check: whether the rules are unchanged since they were loaded.
# shellcheck disable=SC2310,SC2312 # a failed command prints nothing, which is handled
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
    # At each boot cloud-init queries which machine this is; without a reply it would treat it as a new one.
    if [[ -d "${init}" && ! -e "${init}/result.json" && ! -e "${init}/disabled" ]]; then who="meta skuid != 0"; fi
    # Some providers have their name server at this address; Azure's agent uses another address.
    printf '%s tcp dport != 53 %s reject with tcp reset\n' 'ip daddr 169.254.169.254' "${who}" \
      'ip6 daddr { fd00:ec2::254, fd00:c1::a9fe:a9fe, fd20:ce::254, fe80::a9fe:a9fe }' "${who}" \
      'ip daddr 168.63.129.16' 'meta skuid != 0'
  fi
  for user in ${users}; do ids "${user}" | sed 's/.*/meta skuid & jump limited/'; done
  printf '}\n}\n'
}

# ids USER: the user's number, and those that /etc/subuid lets it take in a namespace of its own.
ids() {
  local id owner first count
  # The user ids that systemd assigns to the analysis tools (systemd.exec(5), DynamicUser=).
  if [[ "$1" == tools ]]; then
    printf '61184-65519\n'
    return
  fi
  id="$(id --user -- "$1")"
  printf '%s\n' "${id}"
  if [[ ! -e "${root}/etc/subuid" ]]; then return; fi
  while IFS=: read -r owner first count; do
    if [[ ("${owner}" == "$1" || "${owner}" == "${id}") && "${first}" =~ ^[1-9][0-9]{0,9}$ && "${count}" =~ ^[1-9][0-9]{0,9}$ ]]; then
      printf '%s-%s\n' "${first}" "$((first + count - 1))"
    fi
  done <"${root}/etc/subuid"
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
  if [[ -n "${TOOLS_INTERVALS:-}" ]]; then users+=" tools"; fi
fi
wanted="$(rules)"
if [[ "${before}" == "${wanted}"$'\n\n'"$(listed)" ]]; then exit; fi
trap 'record_end egress' EXIT
nft --file - <<<"${wanted}"
install --directory --mode=0700 -- "${root}/run/honeypot"
put "${loaded}" printf '%s\n\n%s\n' "${wanted}" "$(listed)"
message="loaded${users:+, limited to web, names and time for${users}}"
if [[ "${before}" == "${wanted}"$'\n\n'* ]]; then message+=": the rules were missing or changed"; fi
log "${message}"
