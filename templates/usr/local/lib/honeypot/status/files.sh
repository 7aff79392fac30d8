#!/usr/bin/env bash
# Sourced by honeypot-status: compares our files with their checksums at the time of installation.
# shellcheck disable=SC2154,SC2312 # honeypot-status has the variables

check_files() {
  local manifest="${root}/etc/honeypot/manifest" path changed=() missing=() advice="on your own machine: sensorbake apply FILE --sensor ${SENSOR_NAME}"
  # Only root can read it.
  if [[ ! -r "${manifest}" ]]; then return; fi
  while IFS= read -r path; do
    if [[ -e "${root}/${path}" ]]; then changed+=("/${path}"); else missing+=("/${path}"); fi
  done < <(cd -- "${root:-/}" && sed 's|  /|  |' -- "${manifest}" | timeout 60 sha256sum --check --quiet 2>/dev/null | sed --quiet 's/: FAILED.*//p')
  fact files_changed "${#changed[@]}"
  if ((${#missing[@]})); then
    add files bad "missing: ${missing[*]}" "${advice}"
  elif ((${#changed[@]} == 0)); then
    add files good "as installed"
  fi
  if ((${#changed[@]})); then add files note "changed by hand: ${changed[*]}" "${advice}"; fi
}

check_files
