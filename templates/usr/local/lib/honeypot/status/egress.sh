#!/usr/bin/env bash
# Sourced by honeypot-status: checks that the rules for outgoing traffic are loaded.
# shellcheck disable=SC2034,SC2154 # honeypot-status has the variables
read_last egress
# Only root can read the rules themselves.
if ((EUID)); then
  message+=" (only root can check whether they still are)"
elif [[ "${result}" == ok ]] && ! timeout 60 "${root}/opt/honeypot/scripts/egress.sh" --check; then
  when=0 result=failed message="the rules for outgoing traffic are missing or changed"
fi
if [[ "${result}" == ok ]]; then
  add egress good "${message}"
else
  add egress bad "${message}" "sudo /opt/honeypot/scripts/egress.sh"
fi
