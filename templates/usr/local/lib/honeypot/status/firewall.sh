#!/usr/bin/env bash
# Sourced by honeypot-status: checks the firewall and the configuration that is restored after updates of DShield.
# shellcheck disable=SC2154,SC2312 # honeypot-status has the variables
if [[ -e "${root}/etc/network/iptables" ]]; then
  read_last firewall
  # Only root can read the rules themselves.
  if ((EUID == 0)) && ! line="$(timeout 60 "${root}/opt/honeypot/scripts/firewall.sh" --check)"; then
    when=0 result=failed message="not loaded: ${line:-the rules for IPv6}"
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
