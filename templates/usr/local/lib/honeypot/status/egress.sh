#!/usr/bin/env bash
# honeypot-status sources this: whether the rules for what may leave the sensor are loaded.
# shellcheck disable=SC2154 # those names are honeypot-status's
read_last egress
# The rules themselves are only for root.
if ((EUID)); then
  message+=" (only root can see whether they still are)"
elif [[ "${result}" == ok ]] && ! timeout 60 "${root}/opt/honeypot/scripts/egress.sh" --check; then
  result=failed message="the rules for what may leave the sensor are gone or changed"
fi
if [[ "${result}" == ok ]]; then
  add egress good "${message}"
else
  add egress bad "${message}" "sudo /opt/honeypot/scripts/egress.sh"
fi
