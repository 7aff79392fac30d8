#!/usr/bin/env bash
# Installs the packages the sensor needs, however slow, locked or broken the way to them is.
# shellcheck disable=SC2312 # a command that fails says nothing, and nothing is an answer too
set -euo pipefail
# shellcheck source=../scripts/common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
exec </dev/null # nobody is there to answer
install=(apt-get --assume-yes --no-install-recommends --option=DPkg::Lock::Timeout=900 --option=Acquire::Retries=3
  --option=Dpkg::Options::=--force-confdef --option=Dpkg::Options::=--force-confold install --)

main() {
  local missing seconds
  for seconds in 5 10 20 40 80 160; do
    missing="$(missing_packages)"
    if [[ -z "${missing}" ]]; then return; fi
    get_ready
    # shellcheck disable=SC2086 # a list of words
    if "${install[@]}" ${missing}; then return; fi
    log "could not install all of ${missing//$'\n'/ }"
    sleep "${seconds}"
  done
  one_by_one
}

missing_packages() {
  local package
  for package in ${PACKAGES}; do
    if [[ "$(dpkg-query --show --showformat='${db:Status-Status}' -- "${package}" 2>/dev/null)" != installed ]]; then
      printf '%s\n' "${package}"
    fi
  done
}

# A power cut may have left packages half way; a mirror that is away is found out by the install that follows.
get_ready() {
  wait_for_network
  dpkg --force-confdef --force-confold --configure --pending || true
  apt-get update || true
}

# So that the message names those that fail, and the others are there.
one_by_one() {
  local package failed=() said
  get_ready
  for package in $(missing_packages); do
    if ! said="$("${install[@]}" "${package}" 2>&1)"; then failed+=("${package} (${said##*$'\n'})"); fi
  done
  if ((${#failed[@]})); then
    log "could not install ${failed[*]}"
    exit 1
  fi
}

wait_for_network() {
  local try
  for ((try = 0; try < 12; try++)); do
    if [[ -n "$(ip -4 route show default)$(ip -6 route show default)" ]]; then return; fi
    sleep 5
  done
  log "there is no default route yet: trying all the same"
}

main "$@"
