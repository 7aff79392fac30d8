#!/usr/bin/env bash
# Installs the packages the sensor needs, however slow, locked or broken the way to them is, and whatever a power cut has left.
# shellcheck disable=SC2312 # a command that fails says nothing, and nothing is an answer too
set -euo pipefail
# shellcheck source=../scripts/common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 LC_ALL=C.UTF-8
boot="$(cat /proc/sys/kernel/random/boot_id || true)" mark="${state}/packages.boot" again=()
# Nobody is there to answer.
exec </dev/null
install=(apt-get --assume-yes --no-install-recommends --option=DPkg::Lock::Timeout=900 --option=Acquire::Retries=3
  --option=Dpkg::Options::=--force-confdef --option=Dpkg::Options::=--force-confold)

# A package that dpkg calls installed lacks what its scripts wrote last, if the power was cut before that was on the disk:
# all that this step had installed in an earlier boot is installed once more.
if [[ -s "${mark}" && "$(<"${mark}")" != "${boot}" ]]; then
  since="$(stat --format=%Y -- "${mark}")"
  mapfile -t again < <(dpkg-query --show --showformat='${db-fsys:Last-Modified} ${db:Status-Status} ${binary:Package}\n' |
    awk -v "since=${since}" '$1 >= since && $2 != "config-files" { print $3 }')
elif [[ ! -s "${mark}" ]]; then
  put "${mark}" printf '%s\n' "${boot}"
fi

# get WORD...: apt-get's last words are in `failed` when it could not.
get() {
  local said
  if said="$("${install[@]}" "$@" 2>&1 | tee >(cat >&2))"; then return; fi
  failed+=("${*: -1} (${said##*$'\n'})")
  # Lists that a power cut has emptied are not fetched again while the mirror has nothing newer.
  if grep --quiet 'Unable to locate package\|no installation candidate\|could not be parsed' <<<"${said}"; then
    rm --recursive --force -- "${root}"/var/lib/apt/lists/*
  fi
}

for pause in 0 5 10 20 40 80 160; do
  sleep "${pause}"
  missing=() failed=()
  for package in ${PACKAGES}; do
    if [[ "$(dpkg-query --show --showformat='${db:Status-Status}' -- "${package}" 2>/dev/null)" != installed ]]; then
      missing+=("${package}")
    fi
  done
  if ((${#missing[@]} + ${#again[@]} == 0)); then exit; fi
  # A mirror that is away is found out by the install that follows.
  dpkg --force-confdef --force-confold --configure --pending || true
  apt-get update || true
  sync
  if ((${#again[@]})); then
    log "a power cut may have damaged ${again[*]}: installing them again"
    get install --reinstall -- "${again[@]}"
  fi
  # One by one, so that those that can be there are, and the others are named.
  for package in "${missing[@]}"; do get install -- "${package}"; done
  if ((${#failed[@]} == 0)); then
    sync
    put "${mark}" printf '%s\n' "${boot}"
    exit
  fi
  log "could not install ${failed[*]}"
done
exit 1
