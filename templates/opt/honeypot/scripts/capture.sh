#!/usr/bin/env bash
# Decides before each start of the capture whether it may start, and on which interface. The unit then runs tcpdump.
# --names: resolves the addresses of the upload servers, and restarts the capture if they have changed.
# shellcheck disable=SC2310,SC2312 # a failed ip prints nothing, which is handled
set -euo pipefail
# shellcheck source=common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
tries="${root}/run/honeypot/capture.tries"

refuse() {
  record capture failed "$1"
  log "$1"
  exit 1
}

# find_addresses TASK HOST PORT: fails if the addresses have not changed. At the start of the capture, name servers may
# be unreachable.
find_addresses() {
  local address filter="" known="${state}/$1.filter"
  if [[ -z "$2" || "${CAPTURE_FILTER}" == *"(host $2 and "* ]]; then
    rm --force -- "${known}"
    return 1
  fi
  while read -r address; do
    if [[ "${address}" =~ ^[0-9A-Fa-f.:]+$ ]]; then filter+=" and not (host ${address} and tcp port $3)"; fi
  done < <(timeout 20 getent ahosts "$2" | awk '{ print $1 }' | sort --unique | head --lines=16)
  if [[ -z "${filter}" || (-e "${known}" && "$(<"${known}")" == "${filter}") ]]; then return 1; fi
  put "${known}" printf '%s\n' "${filter}"
}

# After three failures in a row, each try waits longer than the previous one, up to five minutes or until an address or a
# route appears. A manual stop resets this.
back_off() {
  local now count=0 last=0 seconds
  read -r now _ </proc/uptime
  if [[ -e "${tries}" ]]; then read -r count last <"${tries}"; fi
  if ((${now%.*} - last > 60)); then count=0; fi
  if ((count > 2)); then
    seconds=$((5 << (count > 8 ? 6 : count - 2)))
    trap 'kill "$!"; rm --force -- "${tries}"; exit 143' TERM
    read -r -t "${seconds}" _ < <(exec ip monitor address route) || (($? > 128)) || sleep "${seconds}"
    kill "$!" 2>/dev/null || true
    read -r now _ </proc/uptime
  fi
  printf '%s %s\n' "$((count > 8 ? 9 : count + 1))" "${now%.*}" >"${tries}"
}

# The first hop of the best default route, as ip sorts by metric. IPv4 comes first, a link without carrier last.
default_device() {
  local routes
  routes="$(ip -4 -oneline route show default && ip -6 -oneline route show default)"
  routes="$(grep --invert-match linkdown <<<"${routes}" || true) ${routes}"
  if [[ "${routes}" =~ " dev "([^ ]+) ]]; then printf '%s\n' "${BASH_REMATCH[1]}"; fi
}

if [[ "${1:-}" == --names ]]; then
  changed=""
  if find_addresses transfer "${TRANSFER_HOST:-}" "${TRANSFER_PORT:-}"; then changed=yes; fi
  if find_addresses siem "${SIEM_HOST:-}" "${SIEM_PORT:-}"; then changed=yes; fi
  if [[ -n "${changed}" ]]; then systemctl try-restart honeypot-capture.service; fi
  exit
fi
back_off
# All files are closed now. Owned by root, they cannot be overwritten by a capture that starts in a repeated second (a Pi
# has no battery-backed clock): that one fails, and systemd restarts it a little later.
find "${dumps}" -maxdepth 1 -type f -name '*.pcap*' ! -user root -exec chown --no-dereference root -- {} +
device="${CAPTURE_INTERFACE}" used="$(used_percent "${dumps}")"
if ((used >= DISK_MAX_USED_PERCENT)); then refuse "disk is ${used}% full, the limit is ${DISK_MAX_USED_PERCENT}%"; fi
if [[ "${device}" == auto ]]; then device="$(default_device)"; fi
if [[ -z "${device}" ]]; then refuse "no default route yet"; fi
if [[ -z "$(ip link show dev "${device}" up 2>/dev/null)" ]]; then refuse "interface ${device} is not up"; fi
if ! command -v tcpdump >/dev/null; then refuse "tcpdump is not installed"; fi
filter="${CAPTURE_FILTER}" env="${root}/run/honeypot/capture.env"
for known in "${state}"/{transfer,siem}.filter; do
  if [[ -e "${known}" ]]; then filter+="$(<"${known}")"; fi
done
code=0
# tcpdump resolves names in the user's filter, which may take forever.
error="$(timeout 60 tcpdump --interface="${device}" --no-promiscuous-mode -d -- "${filter}" 2>&1 >/dev/null)" || code=$?
if ((code == 124)); then refuse "filter does not compile within a minute: replace names in it with addresses"; fi
if ((code)); then refuse "filter does not compile: ${error}"; fi
printf 'CAPTURE_DEVICE="%s"\n' "${device}" >"${env}"
if [[ "${filter}" != "${CAPTURE_FILTER}" ]]; then printf 'CAPTURE_FILTER="%s"\n' "${filter//\\/\\\\}" >>"${env}"; fi
record capture ok "capturing on ${device}"
