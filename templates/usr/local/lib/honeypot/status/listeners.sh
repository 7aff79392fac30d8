#!/usr/bin/env bash
# Sourced by honeypot-status: reports TCP ports beside those of sshd and the honeypot on which programs listen.
# shellcheck disable=SC2154,SC2312 # honeypot-status has the variables
# systemd-resolved listens on 5355.

check_listeners() {
  local address users found="" lines=0
  while ((lines++ < 100)) && read -r _ _ _ address _ users; do
    if [[ "${address}" =~ ^(127\.|\[::1\]) || ${address##*:} == @("${ADMIN_SSH_PORT}"|"${METRICS_PORT:-none}"|2222|2223|5355|8000|8443) ]]; then continue; fi
    address="${address##*:}"
    if [[ "${users}" =~ \"([^\"]*) ]]; then address+=" (${BASH_REMATCH[1]})"; fi
    if [[ "${found}, " != *" ${address}, "* ]]; then found+=", ${address}"; fi
  done < <(exec ss -Hltnp)
  if [[ -n "${found}" ]]; then
    add listeners note "programs listen on ports that the sensor does not use: ${found#, }" "sudo ss -ltnp"
  fi
}

if [[ -e "${state}/first-boot.done" ]]; then check_listeners; fi
