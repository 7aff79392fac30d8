#!/usr/bin/env bash
# Installs the packages the sensor needs, however slow, locked or broken the way to them is.
# shellcheck disable=SC2312 # a command that fails says nothing, and nothing is an answer too
set -euo pipefail
# shellcheck source=../scripts/common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1
# Nobody is there to answer.
exec </dev/null
install=(apt-get --assume-yes --no-install-recommends --option=DPkg::Lock::Timeout=900 --option=Acquire::Retries=3
  --option=Dpkg::Options::=--force-confdef --option=Dpkg::Options::=--force-confold install --)

for pause in 0 5 10 20 40 80 160; do
  sleep "${pause}"
  missing=() failed=()
  for package in ${PACKAGES}; do
    if [[ "$(dpkg-query --show --showformat='${db:Status-Status}' -- "${package}" 2>/dev/null)" != installed ]]; then
      missing+=("${package}")
    fi
  done
  if ((${#missing[@]} == 0)); then exit; fi
  # A power cut may have left packages half way; a mirror that is away is found out by the install that follows.
  dpkg --force-confdef --force-confold --configure --pending || true
  apt-get update || true
  # One by one, so that those that can be there are, and the others are named.
  for package in "${missing[@]}"; do
    if ! said="$("${install[@]}" "${package}" 2>&1 | tee /dev/stderr)"; then failed+=("${package} (${said##*$'\n'})"); fi
  done
  if ((${#failed[@]} == 0)); then exit; fi
  log "could not install ${failed[*]}"
done
exit 1
