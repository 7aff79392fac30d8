#!/usr/bin/env bash
# Blocks traffic to the provider's metadata service, which has the seed, and limits the honeypot's users. Each minute it
# reloads the rules if a user, a route or a name server has changed, or if the rules are missing.
# --check: whether the rules are unchanged since they were loaded.
# shellcheck disable=SC2310,SC2312 # a failed command prints nothing, which is handled
set -euo pipefail
# shellcheck source=common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
init="${root}/run/cloud-init" loaded="${root}/run/honeypot/egress" users="" wanted="" before=""
declare -A uids=()

# add FORMAT WORD...: adds lines to the wanted rules, without another process, because this runs each minute.
add() {
  local text
  # shellcheck disable=SC2059 # it has a format
  printf -v text "$@"
  wanted+="${text}"
}

rules() {
  local user who=""
  add '%s\n' 'table inet honeypot_egress' 'delete table inet honeypot_egress' 'table inet honeypot_egress {'
  if [[ -n "${users}" ]]; then limited; fi
  add '%s\n' 'chain output {' 'type filter hook output priority filter; policy accept;'
  if [[ -n "${METADATA_BLOCKED:-}" ]]; then
    # At each boot cloud-init queries which machine this is; without a reply it would treat it as a new one.
    if [[ -d "${init}" && ! -e "${init}/result.json" && ! -e "${init}/disabled" ]]; then who="meta skuid != 0"; fi
    # Some providers have their name server at this address; Azure's agent uses another address.
    add '%s tcp dport != 53 %s reject with tcp reset\n' 'ip daddr 169.254.169.254' "${who}" \
      'ip6 daddr { fd00:ec2::254, fd00:c1::a9fe:a9fe, fd20:ce::254, fe80::a9fe:a9fe }' "${who}" \
      'ip daddr 168.63.129.16' 'meta skuid != 0'
  fi
  for user in ${users}; do limit "${user}"; done
  add '}\n}\n'
}

# limit USER: limits the user's number, and those that /etc/subuid lets it take in a namespace of its own.
limit() {
  local id="${uids["$1"]:-}" owner first count
  # The user ids that systemd assigns to the analysis tools (systemd.exec(5), DynamicUser=).
  if [[ "$1" == tools ]]; then
    add 'meta skuid 61184-65519 jump limited\n'
    return
  fi
  add 'meta skuid %s jump limited\n' "${id}"
  if [[ ! -e "${root}/etc/subuid" ]]; then return; fi
  while IFS=: read -r owner first count; do
    if [[ ("${owner}" == "$1" || "${owner}" == "${id}") && "${first}" =~ ^[1-9][0-9]{0,9}$ && "${count}" =~ ^[1-9][0-9]{0,9}$ ]]; then
      add 'meta skuid %s-%s jump limited\n' "${first}" "$((first + count - 1))"
    fi
  done <"${root}/etc/subuid"
}

# Reads the rules in the kernel, without their counters, into `now`. bash needs `exec` to save a process if it has traps.
list() { now="$(exec nft --stateless list table inet honeypot_egress 2>/dev/null)" || now=""; }

if ! command -v nft >/dev/null; then exit; fi
IFS= read -r -d '' before 2>/dev/null <"${loaded}" || before="${before%$'\n'}"
list
if [[ "${1:-}" == --check ]]; then
  [[ -n "${now}" && "${before}" == *$'\n\n'"${now}" ]]
  exit
fi
if [[ -n "${EGRESS:-}" ]]; then
  # shellcheck source=egress-limits.sh
  source "${root}/opt/honeypot/scripts/egress-limits.sh"
  while IFS=: read -r user _ id _; do
    if [[ "${id}" =~ ^[0-9]+$ ]]; then uids["${user}"]="${id}"; fi
  done <"${root}/etc/passwd"
  for user in cowrie webhpot honeypot; do
    if [[ -n "${uids["${user}"]:-}" ]]; then users+=" ${user}"; fi
  done
  if [[ -n "${TOOLS_INTERVALS:-}" ]]; then users+=" tools"; fi
fi
rules
if [[ "${before}" == "${wanted}"$'\n'"${now}" ]]; then exit; fi
trap 'record_end egress' EXIT
nft --file - <<<"${wanted}"
install --directory --mode=0700 -- "${root}/run/honeypot"
list
put "${loaded}" printf '%s\n%s\n' "${wanted}" "${now}"
message="loaded${users:+, limited to web, names and time for${users}}"
if [[ "${before}" == "${wanted}"$'\n'* ]]; then message+=": the rules were missing or changed"; fi
log "${message}"
