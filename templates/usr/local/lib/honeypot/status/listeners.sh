#!/usr/bin/env bash
# Sourced by honeypot-status: reports TCP ports beside those of sshd and the honeypot on which programs listen.
# shellcheck disable=SC2154,SC2312 # honeypot-status has the variables

check_listeners() {
  local address users found=()
  if [[ ! -e "${state}/first-boot.done" ]]; then return; fi
  while read -r _ _ _ address _ users; do
    case "${address}" in
      127.* | '[::1]'* | '[::ffff:127.'* | *:"${ADMIN_SSH_PORT}" | *:2222 | *:2223 | *:8000 | *:8443) continue ;;
      *) ;;
    esac
    if [[ "${users}" =~ \(\(\"([^\"]*) ]]; then users=" (${BASH_REMATCH[1]})"; fi
    if [[ " ${found[*]} " != *" ${address##*:}${users} "* ]]; then found+=("${address##*:}${users}"); fi
  done < <(ss --no-header --listening --tcp --numeric --processes | head --lines=100)
  if ((${#found[@]})); then
    add listeners note "programs listen on ports that the sensor does not use: ${found[*]}" "sudo ss --listening --tcp --numeric --processes"
  fi
}

check_listeners
