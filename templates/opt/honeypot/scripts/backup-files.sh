#!/usr/bin/env bash
# Prints the files of one backup set, sorted, a line each: time of change, size, path below the root.
set -euo pipefail
# shellcheck source=common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
export LC_ALL=C
umask 077
shopt -s inherit_errexit
# shellcheck disable=SC2034 # log reads it
log_file="${logs}/backup.log"
work="${backups}/.work" key_file="${root}/run/honeypot-backup.key" newline=$'\n' line=(-printf '%T@ %s %p\n')

# files PATH... -- FIND-WORDS: the files of those paths that exist; a symlink is no file.
files() {
  local there=()
  while [[ "$1" != -- ]]; do
    if [[ -e "$1" ]]; then there+=("$1"); fi
    shift
  done
  shift
  if ((${#there[@]} > 0)); then find "${there[@]}" -ignore_readdir_race "$@"; fi
}

left_out() {
  local why="$1" path
  while IFS= read -r -d '' path; do log "left out, ${why}: ${path@Q}"; done
}

# Prints, each with a zero byte, the files that hold the API key of DShield: cowrie.cfg is one. /run is no disk.
holders_of_api_key() {
  files srv/dshield/etc/dshield.ini etc/dshield.ini -- -exec sed --quiet \
    's/^ *apikey *= *["'\'']\{0,1\}\([[:alnum:]=+/]\{8,\}\).*/\1/p' {} + >"${key_file}"
  if [[ -s "${key_file}" ]]; then
    cut --delimiter=' ' --fields=3- | tr '\n' '\0' |
      xargs --null --no-run-if-empty grep --files-with-matches --null --no-messages --fixed-strings --file="${key_file}" -- || true
  fi
  rm -- "${key_file}"
}

# snapshot PATH...: what is small, can change, and is no secret. What can be made again stays out (virtual
# environments, caches), and what the other sets hold.
snapshot() {
  local entry path start
  local -A has_key=()
  for path in newline large secret; do : >"${work}/${path}"; done
  files "$@" -- \
    \( -path "*${newline}*" -fprintf "${work}/newline" '%p\0' -prune \) -o \
    -type d \( -name .git -o -name .cache -o -name __pycache__ -o -name node_modules -o -name cowrie-env \
    -o -path srv/dshield/etc -o -path 'srv/cowrie.*' -o -path srv/cowrie/var/log \
    -o -path srv/cowrie/var/lib/cowrie/tty -o -path srv/cowrie/var/lib/cowrie/downloads \
    -o -exec test -e '{}/pyvenv.cfg' \; \) -prune -o \
    -type f ! \( -name 'dshield.ini*' -o -name 'id_*' ! -name '*.pub' -o -name '*.pem' -o -name '*.key' \
    -o -name 'ssh_host_*_key' -o -path 'srv/log/install_*.log' -o -path 'srv/log/webhoneypot_*' \
    -o -path 'srv/db/webhoneypot*' -o -name "${SENSOR_NAME}_*????-??-??_??-??-??*" \) \
    \( -size +104857600c -fprintf "${work}/large" '%p\0' -o "${line[@]}" \) >"${work}/found"
  holders_of_api_key <"${work}/found" >"${work}/holders"
  while IFS= read -r -d '' path; do has_key["${path}"]=yes; done <"${work}/holders"
  while IFS= read -r entry; do
    path="${entry#* * }" start=""
    { IFS= read -r -N 1024 start <"${path}" || true; } 2>/dev/null
    if [[ -n "${has_key["${path}"]:-}" || "${start}" == *'PRIVATE KEY-----'* || "${start}" == *AGE-SECRET-KEY-1* ]]; then
      printf '%s\0' "${path}" >>"${work}/secret"
    else
      printf '%s\n' "${entry}"
    fi
  done <"${work}/found"
  left_out "line break in its name" <"${work}/newline"
  left_out "larger than 100 MiB" <"${work}/large"
  left_out "holds a key" <"${work}/secret"
}

main() {
  local below="${logs#"${root}/"}" firewall
  cd -- "${root}/"
  case "$1" in
  home) snapshot home ;;
  srv) snapshot srv ;;
  crontabs) snapshot var/spool/cron/crontabs etc/cron.d etc/network/iptables.local ;;
  logs)
    files "${below}"/cowrie/{tty,downloads} -- -type f "${line[@]}"
    if [[ " ${BACKUP_SETS} " == *" dshield_logs "* ]]; then firewall=(); else firewall=("${below}/firewall"); fi
    files "${below}"/{cowrie,webhoneypot} "${firewall[@]}" -- -maxdepth 1 -type f -name '*_????-??-??*.gz' "${line[@]}"
    ;;
  # The collected days, not /var/log/dshield.log.N.gz: there the same lines have another name each day.
  dshield_logs) files "${below}/firewall" -- -maxdepth 1 -type f -name '*_????-??-??*.gz' "${line[@]}" ;;
  # Sealed by retention.sh: a capture that is read-only is closed and has got its last name.
  dumps) files "${dumps#"${root}/"}" -- -maxdepth 1 -type f -name '*.pcap*' ! -perm /222 "${line[@]}" ;;
  *)
    log "there is no backup set ${1@Q}"
    exit 1
    ;;
  esac | sort
}

main "$@"
