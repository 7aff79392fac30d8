#!/usr/bin/env bash
# honeypot-status sources this: the firewall, and what was put back after an update of DShield.
# shellcheck disable=SC2154,SC2312 # those names are honeypot-status's
if [[ -e "${root}/etc/network/iptables" ]]; then
  read_last firewall
  # The rules themselves are only for root.
  if ((EUID == 0)) && ! line="$(timeout 60 "${root}/opt/honeypot/scripts/firewall.sh" --check)"; then
    result=failed message="not loaded: ${line:-the rules for IPv6}"
  fi
  if [[ "${result}" == ok ]]; then
    add firewall good "loaded, with the admin port for ${ADMIN_ALLOW_FROM}"
  else
    add firewall bad "${message}" "sudo /opt/honeypot/scripts/firewall.sh"
  fi
  read_last reapply
  if [[ "${result}" == failed ]]; then
    add reapply bad "${message}" "sudo /opt/honeypot/scripts/reapply.sh --now"
  elif ((when > 0)); then
    add reapply good "$(ago "${when}"): ${message}"
  fi
fi
