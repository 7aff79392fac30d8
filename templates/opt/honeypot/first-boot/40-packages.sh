#!/usr/bin/env bash
# Installs the packages that the sensor needs; handles slow mirrors, locks, broken lists and interrupted installations.
# shellcheck disable=SC2312 # a failed command prints nothing, which is handled
set -euo pipefail
# shellcheck source=../scripts/common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
export DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 LC_ALL=C.UTF-8
boot="$(cat /proc/sys/kernel/random/boot_id || true)" mark="${state}/packages.boot" again=()
# The first boot cannot answer questions.
exec </dev/null
install=(apt-get --assume-yes --no-install-recommends --option=DPkg::Lock::Timeout=900 --option=Acquire::Retries=3
  --option=Dpkg::Options::=--force-confdef --option=Dpkg::Options::=--force-confold)

# After a power cut, a package that dpkg reports as installed may lack the last writes of its scripts. So every package
# that this step installed in an earlier boot is installed again.
if [[ -s "${mark}" && "$(<"${mark}")" != "${boot}" ]]; then
  since="$(stat --format=%Y -- "${mark}")"
  mapfile -t again < <(dpkg-query --show --showformat='${db-fsys:Last-Modified} ${db:Status-Status} ${binary:Package}\n' |
    awk -v "since=${since}" '$1 >= since && $2 != "config-files" { print $3 }')
elif [[ ! -s "${mark}" ]]; then
  put "${mark}" printf '%s\n' "${boot}"
fi

# get WORD...: runs apt-get, and puts its last line into `failed` if it fails.
get() {
  local said
  if said="$("${install[@]}" "$@" 2>&1 | tee >(cat >&2))"; then return; fi
  failed+=("${*: -1} (${said##*$'\n'})")
  # apt does not download lists that a power cut has emptied until the mirror has newer ones.
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
  # The following installation detects an unreachable mirror.
  dpkg --force-confdef --force-confold --configure --pending || true
  apt-get update || true
  sync
  if ((${#again[@]})); then
    log "a power cut may have damaged ${again[*]}: installing them again"
    get install --reinstall -- "${again[@]}"
  fi
  # One by one, to install as many as possible and report the others.
  for package in "${missing[@]}"; do get install -- "${package}"; done
  # If the settings no longer need one of these, apply removes it.
  { cat -- "${state}/packages.ours" 2>/dev/null || true; printf '%s\n' "${missing[@]}"; } | sort --unique >"${state}/packages.ours.new"
  mv --force -- "${state}/packages.ours.new" "${state}/packages.ours"
  if ((${#failed[@]} == 0)); then
    sync
    put "${mark}" printf '%s\n' "${boot}"
    exit
  fi
  log "could not install ${failed[*]}"
done
exit 1
