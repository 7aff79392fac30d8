#!/usr/bin/env bash
# Collects, then archives each backup set. With --if-missed only when the last good run is too long ago.
set -euo pipefail
# shellcheck source=common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
export LC_ALL=C
umask 077
shopt -s inherit_errexit nullglob extglob
log_file="${logs}/backup.log" work="${backups}/.work" here="${root}/opt/honeypot/scripts"
child="" failed="" started="$(date +%s)"

is_missed() {
  local last
  if [[ -e "${state}/backup.started" ]]; then
    last="$(<"${state}/backup.started")"
  elif [[ -e "${state}/first-boot.done" ]]; then
    last="$(stat --format=%Y -- "${state}/first-boot.done")"
  else
    return 1
  fi
  ((started - last > BACKUP_INTERVAL_SECONDS))
}

# Each step has a session of its own: no terminal that 7zz could ask, and a group that ends as a whole.
run() {
  setsid --wait "$@" &
  child=$!
  local code=0
  wait "${child}" || code=$?
  child=""
  return "${code}"
}

# What a run that was killed left behind. An archive counts from the moment its .sha256 is there, and with it the
# ledger that waits as `SET:ARCHIVE`.
recover() {
  local archive waiting name
  rm --recursive --force -- "${work}"
  for archive in "${backups}"/*_????-??-??_??-??-??.@(zip|7z|tar.zst.age); do
    if [[ -e "${archive}.sha256" ]]; then continue; fi
    rm -- "${archive}"
    log "removed ${archive##*/}: its run was killed"
  done
  for waiting in "${state}"/archived/*:*; do
    name="${waiting##*/}"
    if [[ -e "${backups}/${name#*:}.sha256" ]]; then
      mv --force -- "${waiting}" "${state}/archived/${name%%:*}"
    else
      rm -- "${waiting}"
    fi
  done
}

end() {
  local code=$?
  trap '' TERM INT HUP
  if [[ -n "${child}" ]]; then
    kill -- "-${child}" 2>/dev/null || kill -- "${child}" 2>/dev/null || true
    wait "${child}" || true
  fi
  rm --recursive --force -- "${work}"
  if ((code == 0)); then return; fi
  log "failed:${failed:- stopped with exit code ${code}}"
  record backup failed "failed:${failed:- stopped with exit code ${code}}"
}

main() {
  local name made code=0
  # shellcheck disable=SC2310 # a question
  if [[ "${1:-}" == --if-missed ]] && ! is_missed; then return; fi
  take_lock backup
  trap end EXIT
  trap 'exit 143' TERM INT HUP
  mkdir --parents -- "${state}/archived"
  recover
  mkdir -- "${work}"
  : >"${work}/made"
  # shellcheck disable=SC2310 # its status is all that is asked
  run "${here}/collect.sh" || code=$?
  if ((code == 75)); then
    log "logs are being collected by another run: what it closes waits for the next backup"
  elif ((code > 0)); then
    failed+=" collect"
  fi
  for name in ${BACKUP_SETS}; do
    # shellcheck disable=SC2310 # its status is all that is asked
    run "${here}/backup-set.sh" "${name}" || failed+=" ${name}"
  done
  if [[ -n "${failed}" ]]; then exit 1; fi
  made="$(wc --lines <"${work}/made")"
  printf '%s\n' "${started}" >"${state}/.backup.started"
  sync -- "${state}/.backup.started"
  mv --force -- "${state}/.backup.started" "${state}/backup.started"
  if ((made == 0)); then made="no new archive: nothing has changed"; else made="${made} new archives"; fi
  log "${made}"
  record backup ok "${made}"
}

main "$@"
