#!/usr/bin/env bash
# Collects logs, then archives each backup set. With --if-missed, only if the last successful run is too long ago.
# shellcheck disable=SC2310,SC2312 # functions are called as conditions; a missing stamp has no time
set -euo pipefail
# shellcheck source=common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
export LC_ALL=C
umask 077
shopt -s inherit_errexit nullglob
log_file="${logs}/backup.log" work="${backups}/.work" here="${root}/opt/honeypot/scripts"
# Not on the disk, which may be full.
said="${root}/run/honeypot/backup.said" found="${root}/run/honeypot/backup.found"
failed="" is_running="" made=0 started="$(date +%s)"

# A clock that was ahead may have left a stamp in the future.
is_missed() {
  local last
  last="$({ cat -- "${state}/backup.started" || stat --format=%Y -- "${state}/first-boot.done" || printf %s "${started}"; } 2>/dev/null)"
  ((started - last > BACKUP_INTERVAL_SECONDS || last > started))
}

# run SECONDS COMMAND...: a step with a time limit. It has its own session: no terminal for 7zz to prompt on, and a
# process group that is killed as a whole.
run() {
  local code=0
  is_running=yes
  setsid -- timeout --kill-after=60 "$@" 2>"${said}" &
  wait "$!" || code=$?
  is_running=""
  cat -- "${said}" >&2
  return "${code}"
}

# fail STEP CODE SECONDS: remembers why a step failed, from the last line of its output.
fail() {
  local why
  why="$(tail --bytes=2000 -- "${said}" | sed 's/^[^ ]*Z [a-z-]*: //' | grep --text '[^[:space:]]' | tail --lines=1 | tr --delete --complement '[:print:]' || true)"
  if (($2 == 124 || $2 == 137)); then why="stopped after $3 s"; fi
  failed+="${failed:+,} $1 (${why:-exit code $2})"
}

# An archive gets its name after it was tested and synced to the disk. It is complete once the ledger of its set and then
# its .sha256 exist: both are written here, by the next run if necessary. Any other file is unfinished.
settle() {
  local archive name ledger
  for archive in "${backups}"/*_????-??-??_??-??-??.{zip,7z,tar.zst.age}; do
    if [[ -e "${archive}.sha256" ]]; then continue; fi
    sync -- "${backups}"
    name="${archive##*/}" ledger="${name%_*_*}" ledger="${state}/archived/${ledger#"${SENSOR_NAME}_"}"
    # If the ledger is missing, transfer.sh removed it so that the next backup archives everything again.
    if [[ -e "${work}/${name}" && -e "${ledger}" ]]; then put "${ledger}" cat -- "${work}/${name}"; fi
    (cd -- "${backups}" && put "${archive}.sha256" sha256sum -- "${name}")
    made=$((made + 1))
    log "made ${name}"
  done
  rm --recursive --force -- "${backups}"/.??*
}

# Signals are ignored by now. Between its start and setsid, a step has no group yet.
end() {
  (exit "${code}") && true
  record_end backup
  if [[ -n "${is_running}" && -n "${!:-}" ]]; then
    { kill -- "-$!" || kill "$!" || true; } 2>/dev/null
    wait "$!" || true
    kill -KILL -- "-$!" 2>/dev/null || true
    cat -- "${said}" >&2
  fi
  settle
}

if [[ "${1:-}" == --if-missed ]] && ! is_missed; then exit; fi
wait_seconds="${lock_wait_seconds:-120}"
if ! hold backup "${wait_seconds}"; then
  log "another backup is running"
  record backup failed "gave up: another backup, or retention, had the lock for ${wait_seconds} s"
  exit 75
fi
trap 'code=$?; trap "" TERM INT HUP; end' EXIT
trap 'trap "" TERM INT HUP; exit 143' TERM INT HUP
mkdir --parents -- "${state}/archived"
begin backup
rm --force -- "${found}"
settle
limit="${collect_seconds:-3600}" code=0
run "${limit}" "${here}/collect.sh" || code=$?
# Logs that another run is collecting wait for the next backup.
if ((code != 0 && code != 75)); then fail collect "${code}" "${limit}"; fi
limit="${set_seconds:-21600}"
for name in ${BACKUP_SETS}; do
  mkdir -- "${work}"
  code=0
  run "${limit}" "${here}/backup-set.sh" "${name}" || code=$?
  if ((code)); then fail "${name}" "${code}" "${limit}"; fi
  if [[ -e "${work}/left" ]]; then cat -- "${work}/left" >>"${found}"; fi
  settle
done
if [[ ! -s "${found}" ]]; then
  rm --force -- "${state}/backup.notes"
elif ! cmp --silent -- "${found}" "${state}/backup.notes"; then
  (umask 022 && put "${state}/backup.notes" cat -- "${found}")
fi
if [[ -n "${failed}" ]]; then
  message="failed:${failed}"
  exit 1
fi
put "${state}/backup.started" printf '%s\n' "${started}"
message="${made} new archives"
log "${message}"
