#!/usr/bin/env bash
# Collects, then archives each backup set. With --if-missed only when the last good run is too long ago.
# shellcheck disable=SC2310,SC2312 # functions are asked for their status; a stamp that is not there has no time
set -euo pipefail
# shellcheck source=common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
export LC_ALL=C
umask 077
shopt -s inherit_errexit nullglob
log_file="${logs}/backup.log" work="${backups}/.work" here="${root}/opt/honeypot/scripts"
child="" failed="" made=0 started="$(date +%s)"

is_missed() {
  local last
  last="$({ cat -- "${state}/backup.started" || stat --format=%Y -- "${state}/first-boot.done" || printf %s "${started}"; } 2>/dev/null)"
  ((started - last > BACKUP_INTERVAL_SECONDS))
}

# Each step has a session of its own: no terminal that 7zz could ask, and a group that ends as a whole.
run() {
  setsid -- "$@" &
  child=$!
  wait "${child}"
}

# An archive has been tested and is on the disk when it gets its name. It counts when it has its .sha256, and before
# that the ledger of its set: both are made here, by the next run if need be. Anything else was not finished.
settle() {
  local archive name set
  for archive in "${backups}"/*_????-??-??_??-??-??.{zip,7z,tar.zst.age}; do
    if [[ -e "${archive}.sha256" ]]; then continue; fi
    sync -- "${backups}"
    name="${archive##*/}" set="${name%_*_*}"
    if [[ -e "${work}/${name}" ]]; then put "${state}/archived/${set#"${SENSOR_NAME}_"}" cat -- "${work}/${name}"; fi
    (cd -- "${backups}" && put "${archive}.sha256" sha256sum -- "${name}")
    made=$((made + 1))
    log "made ${name}"
  done
  rm --recursive --force -- "${backups}"/.??*
}

end() {
  record_end backup
  trap '' TERM INT HUP
  { kill -- "-${child}" && wait "${child}"; } 2>/dev/null || true
  settle
}

if [[ "${1:-}" == --if-missed ]] && ! is_missed; then exit; fi
# Retention holds it for a moment each minute.
take_lock backup "${lock_wait_seconds:-30}"
trap end EXIT
trap 'exit 143' TERM INT HUP
mkdir --parents -- "${state}/archived"
settle
# What another run collects waits for the next backup.
run "${here}/collect.sh" || (($? == 75)) || failed+=" collect"
for name in ${BACKUP_SETS}; do
  mkdir -- "${work}"
  run "${here}/backup-set.sh" "${name}" || failed+=" ${name}"
  settle
done
if [[ -n "${failed}" ]]; then
  message="failed:${failed}"
  exit 1
fi
put "${state}/backup.started" printf '%s\n' "${started}"
message="${made} new archives"
log "${message}"
