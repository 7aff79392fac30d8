#!/usr/bin/env bash
# Repairs DShield's rules, adds those of the admin networks, and loads them. --check: reports whether they are loaded.
# shellcheck disable=SC2310,SC2312 # functions are called as conditions; rules that are not loaded are no error there
set -euo pipefail
# shellcheck source=common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
# shellcheck source=update-file.sh
source "${root}/opt/honeypot/scripts/update-file.sh"
umask 077
theirs="${root}/etc/network/iptables" ours="${root}/etc/network/iptables.local" changed=""
mark="# honeypot: from here on written by firewall.sh, your own rules go above"

# Upstream's installer accepts any connected address, drops networks, and writes invalid lines unless there is exactly
# one local network (install.sh:1269, 1333). This removes invalid lines and the names of missing devices.
mend() {
  local device there script='/^-A INPUT .*-s .*--dport [0-9]+ -j ACCEPT$/d; /^-A .* -s +-/d; /^-A /{/ -j /!d}; /^[0-9]/d'
  there="$(ip -4 -oneline route show default)"
  while read -r device; do
    if [[ -e "/sys/class/net/${device}" || ! "${there}" =~ " dev "([^ ]+) ]]; then continue; fi
    script+="; s/^(-A .*-i )${device} /\\1${BASH_REMATCH[1]} /"
  done < <(sed --quiet --regexp-extended 's/^-A .*-i ([^ ]+) .*/\1/p' -- "${theirs}" | sort --unique)
  sed --regexp-extended "${script}" -- "${theirs}"
}

# let_in PORT NETWORK...: adds rules to `filter` and `nat`. These sessions are not attacks and must not be reported.
let_in() {
  local network
  for network in "${@:2}"; do
    if [[ "${network}" == *:* ]]; then continue; fi
    filter+="-I INPUT -s ${network} -p tcp --dport $1 -j ACCEPT"$'\n'
    nat+="-I ${log} -s ${network} -p tcp --dport $1 -j RETURN"$'\n'
  done
}

local_rules() {
  local networks="${ADMIN_ALLOW_FROM}" log=PREROUTING filter="" nat=""
  if [[ -e "${root}/run/honeypot/rescue" ]]; then networks=anywhere; fi
  if grep --quiet '^-N DSHIELDLOG$' -- "${theirs}"; then log=DSHIELDLOG; fi
  # shellcheck disable=SC2086 # these are words
  let_in "${ADMIN_SSH_PORT}" ${networks/anywhere/0.0.0.0\/0}
  # shellcheck disable=SC2086 # these are words
  let_in "${METRICS_PORT:-}" ${METRICS_ALLOW_FROM:-}
  if [[ -e "${ours}" ]]; then sed "/^${mark}\$/,\$d" -- "${ours}"; fi
  # Replies are accepted regardless of the device's name.
  printf '%s\n' "${mark}" '*filter' "${filter}-I INPUT -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT" COMMIT '*nat' "${nat}COMMIT"
}

# Loads both files at once, so that never only half of them is active.
merged() {
  awk '/^\*/ { table = $1; if (!(table in rules)) names[++count] = table; next }
    /^(#|COMMIT|[[:space:]]*$)/ { next }
    { rules[table] = rules[table] $0 "\n" }
    END { for (i = 1; i <= count; i++) printf "%s\n%sCOMMIT\n", names[i], rules[names[i]] }' "$@"
}

# Prints the first rule that the kernel does not have. A process for each rule is needed only if one of them or the kernel's
# rules have changed since all of them were found.
missing() {
  local table line known="" kernel="${rules}" seen="${root}/run/honeypot/firewall.seen"
  for table in filter nat; do kernel+="$(exec iptables --wait --table "${table}" --list-rules 2>/dev/null)" || true; done
  IFS= read -r -d '' known 2>/dev/null <"${seen}" || true
  if [[ "${known}" == "${kernel}"$'\n' ]]; then return; fi
  while read -r line; do
    if [[ "${line}" == \** ]]; then
      table="${line#\*}"
    elif [[ "${line}" =~ ^:([^ ]+)\ DROP ]]; then
      iptables --wait --table "${table}" --list-rules "${BASH_REMATCH[1]}" 2>/dev/null | grep --quiet '^-P .* DROP$' || break
    elif [[ "${line}" =~ ^-[AI]\ ([^ ]+)(\ [0-9]+)?\ (.*)$ ]]; then
      xargs iptables --wait --table "${table}" --check "${BASH_REMATCH[1]}" <<<"${BASH_REMATCH[3]}" 2>/dev/null || break
    fi
  done <<<"${rules}"
  printf '%s' "${line}"
  if [[ -z "${line}" ]]; then
    install --directory --mode=0700 -- "${root}/run/honeypot"
    printf '%s\n' "${kernel}" >"${seen}"
  fi
}

# The same policy for IPv6, where upstream has none. honeypot_admin already decided who can reach the admin port.
load_ipv6() {
  local network metrics=""
  for network in ${METRICS_ALLOW_FROM:-}; do
    if [[ "${network}" == *:* ]]; then metrics+="ip6 saddr ${network} tcp dport ${METRICS_PORT} accept"$'\n'; fi
  done
  printf '%s\n' 'table ip6 honeypot_firewall' 'delete table ip6 honeypot_firewall' 'table ip6 honeypot_firewall {' 'chain input {' \
    'type filter hook input priority filter; policy drop;' 'iifname lo accept' 'ct state established,related accept' \
    'meta l4proto ipv6-icmp accept' 'ip6 saddr fe80::/10 udp dport 546 accept' "tcp dport ${ADMIN_SSH_PORT} accept" "${metrics}}" '}' |
    nft --file -
}

if [[ ! -e "${theirs}" ]]; then exit; fi
if [[ "${1:-}" == --check ]]; then
  rules="$(merged "${theirs}" "${ours}")" line="$(missing)"
  printf '%s' "${line}"
  if [[ -n "${line}" ]]; then exit 1; fi
  exec nft list table ip6 honeypot_firewall >/dev/null
fi
take_lock firewall 60
trap 'record_end firewall' EXIT
mkdir --parents -- /run/sshd
port="$(sshd -T -f "${root}/etc/ssh/sshd_config" | grep "^port " || true)"
if [[ "${port}" != "port ${ADMIN_SSH_PORT}" ]]; then
  message="not loaded: it would open port ${ADMIN_SSH_PORT}, but sshd has ${port//$'\n'/, }"
  exit 1
fi
update "${theirs}" mend
update "${ours}" local_rules
rules="$(merged "${theirs}" "${ours}")"
if ! said="$(iptables-restore --test <<<"${rules}" 2>&1)"; then
  rules="$(merged "${theirs}" <(sed "1,/^${mark}\$/d" -- "${ours}"))"
  message="not loaded: ${said}"
  iptables-restore --test <<<"${rules}"
  message="loaded without your own lines in iptables.local: ${said}"
fi
line="$(missing)"
if [[ -n "${changed}${line}" ]]; then iptables-restore <<<"${rules}"; fi
load_ipv6
if [[ -n "${message:-}" ]]; then exit 1; fi
message="loaded"
# After a change of the firewall, an admin's login must confirm access again; a file that an update only rewrote is the
# same.
if [[ "${changed} " == *"/iptables "* && -n "${line}" && ! -e "${root}/run/honeypot/rescue" ]]; then
  rm --force -- "${state}/admin.confirmed"
  printf '0 armed another\n' >"${root}/run/honeypot/rescue.since"
fi
# Without a change the last result stays, which saves a write to the disk.
read -r _ result _ 2>/dev/null <"${state}/firewall.last" || result=""
if [[ -z "${changed}${line}" && "${result}" == ok ]]; then trap - EXIT; fi
if [[ -n "${changed}${line}" ]]; then log "loaded${changed:+, changed${changed}}${line:+, was missing: ${line}}"; fi
