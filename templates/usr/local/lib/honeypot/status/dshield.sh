#!/usr/bin/env bash
# Sourced by honeypot-status: checks DShield's installation, key, services, logs and reports.
# shellcheck disable=SC2154 # honeypot-status has the variables
# shellcheck disable=SC2310,SC2312 # functions are called as conditions, and unreadable files print nothing

# last_line LOG: prints the age of a log and its last line, which attackers write.
last_line() {
  local when="" text=""
  read -r when text < <(timeout 10 python3 -I "${root}/usr/local/lib/honeypot/last_line.py" "$1") || true
  if [[ "${when}" =~ ${number} ]]; then
    printf '%s: %s' "$(ago "${when}")" "${text}"
  elif [[ -n "${text}" ]]; then
    printf 'cannot read its log: %s' "${text}"
  else
    printf 'no entries in its log'
    if ((EUID)); then printf ' that you can read'; fi
  fi
}

check_dshield() {
  local unit port text
  read_last dshield
  if [[ "${result}" == failed ]]; then
    add dshield bad "${message}" "sudo less /var/log/honeypot_dshield.log"
  elif ((when)); then
    add dshield good "${message}, installed $(ago "${when}")"
  fi
  read_last dshield-key
  if [[ "${result}" == failed ]]; then
    add "api key" bad "${message}" "put the correct key into /etc/honeypot/secrets/dshield_api_key; it is checked again"
  elif ((when)); then
    add "api key" good "${message}"
  fi
  # Nothing runs before the reboot.
  if [[ ! -e "${state}/first-boot/80-reboot.done" ]]; then return; fi
  for unit in cowrie web-honeypot rsyslog; do
    case "${unit}" in
    cowrie) text="$(last_line "${root}/srv/cowrie/var/log/cowrie/cowrie.json")" ;;
    rsyslog) text="$(last_line "${root}/var/log/dshield.log")" ;;
    *) text="$(last_line "${root}/srv/log/webhoneypot_*.json")" ;;
    esac
    if is_active "${unit}"; then add "${unit}" good "${text}"; else add "${unit}" bad "not running" "journalctl --unit ${unit}"; fi
  done
  for port in 2222 8000 8443 ${DSHIELD_TELNET/true/2223}; do
    if [[ "${port}" != false && -z "$(ss --no-header --listening --tcp "sport = :${port}")" ]]; then
      add "port ${port}" bad "no service listens" "sudo ss --listening --tcp --numeric --processes"
    fi
  done
  if [[ -r "${root}/var/tmp/dshield/lastfwlog" ]]; then
    when="$(stat --format=%Y -- "${root}/var/tmp/dshield/lastfwlog")"
    add "last report" good "$(ago "${when}")"
  else
    add "last report" good "none yet"
  fi
}

check_dshield
