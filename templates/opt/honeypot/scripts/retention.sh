#!/usr/bin/env bash
# Every minute: seals closed captures, deletes by age, then by disk use, and as the last resort pauses the capture.
# shellcheck disable=SC2312 # a list that cannot be read is empty, find says why, and nothing is deleted
set -euo pipefail
# shellcheck source=common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
export LC_ALL=C
log_file="${logs}/retention.log" unit=honeypot-capture.service paused="${state}/capture.paused"
now="$(date +%s)" deleted=0 last="" failed="" busy="" locked=""

# Device and inode of each file the capture has open: its unit has mounts of its own, so a path would not do.
open_files() {
  local pid
  pid="$(systemctl show --property=MainPID --value "${unit}")" || return
  if ((pid > 0)); then find -L "/proc/${pid}/fd" -maxdepth 1 -type f -printf ' %D:%i ' 2>/dev/null || true; fi
}

# A closed capture becomes root's, the `x.pcap2` of a rotation by size becomes `x_2.pcap`, and last it becomes read-only:
# what is read-only is closed and keeps its name (backup-files.sh and the deleting below rely on it).
# Files are listed before asking which are open: one that is born in between is not in the list.
seal() {
  local open entry file name
  local -a unsealed
  mapfile -d '' -t unsealed < <(find "${dumps}" -maxdepth 1 -type f -name '*.pcap*' -perm /222 -printf '%D:%i %p\0')
  if ((${#unsealed[@]} == 0)); then return; fi
  open="$(open_files)"
  for entry in "${unsealed[@]}"; do
    file="${entry#* }"
    if [[ "${open}" == *" ${entry%% *} "* ]]; then continue; fi
    chown --no-dereference root -- "${file}"
    name="${file%.pcap*}_${file##*.pcap}.pcap"
    if [[ "${file}" =~ \.pcap[0-9]+$ && ! -e "${name}" && ! -L "${name}" ]]; then
      mv --no-target-directory -- "${file}" "${name}"
      file="${name}"
    fi
    chmod a-w -- "${file}"
  done
}

# oldest_first FIND-ARGUMENTS: regular files by their last change. Symlinks are neither listed nor followed.
oldest_first() {
  find "$@" -type f -printf '%T@ %p\0' | sort --zero-terminated --numeric-sort |
    cut --zero-terminated --delimiter=' ' --fields=2-
}

captures() { oldest_first "${dumps}" -maxdepth 1 -name '*.pcap*' ! -perm /222 "$@"; }

# Archives as `when.format/seconds/name`, oldest first; the newest of each set is not among them.
archives() {
  local entry name set previous=""
  find "${backups}" -maxdepth 1 -type f -regextype posix-extended \
    -regex '.*/[A-Za-z0-9.-]+_[a-z_]+_[0-9-]{10}_[0-9-]{8}\.(zip|7z|tar\.zst\.age)' -printf '%f/%Ts\0' |
    sort --zero-terminated --reverse |
    while IFS= read -r -d '' entry; do
      name="${entry%/*}" set="${entry%_*_*}"
      if [[ "${set}" == "${previous}" ]]; then printf '%s/%s/%s\0' "${name#"${set}_"}" "${entry#*/}" "${name}"; fi
      previous="${set}"
    done | sort --zero-terminated
}

# delete WHY FILE: a file that cannot be deleted does not keep the others from it.
delete() {
  if rm --force -- "$2" "$2.sha256"; then
    deleted=$((deleted + 1)) last="${2@Q}: $1"
    log "deleted ${last}"
  else
    failed="cannot delete ${2@Q}"
    log "${failed}"
  fi
}

is_full() {
  local used
  used="$(used_percent "$1")"
  ((used >= DISK_MAX_USED_PERCENT))
}

# relieve DIRECTORY WHY FILE...: deletes until its file system is below the limit.
relieve() {
  local directory="$1" why="$2 at ${DISK_MAX_USED_PERCENT}% disk use" file
  for file in "${@:3}"; do
    # shellcheck disable=SC2310 # a df that fails counts as not full: nothing is deleted on a guess
    if ! is_full "${directory}"; then return; fi
    delete "${why}" "${file}"
    sync --file-system -- "${directory}"
  done
}

# From here to the end no backup can start. When one is running, what it may be reading stays: captures and collected logs.
# The guard then has the transferred archives, which no backup reads, and the pause of the capture.
lock_out_backup() {
  local backup_fd
  if [[ -n "${locked}" ]]; then return; fi
  locked=yes
  exec {backup_fd}>"${root}/run/lock/honeypot-backup.lock"
  flock --nonblock "${backup_fd}" || busy=yes
}

delete_by_age() {
  local file entry seconds
  local -a captures_due logs_due
  mapfile -d '' -t captures_due < <(captures ! -newermt "@$((now - CAPTURE_KEEP_DAYS * 86400))")
  mapfile -d '' -t logs_due < <(oldest_first "${logs}"/{cowrie,firewall,webhoneypot} ! -newermt "@$((now - LOGS_KEEP_DAYS * 86400))")
  if ((${#captures_due[@]} + ${#logs_due[@]} > 0)); then lock_out_backup; fi
  if [[ -z "${busy}" ]]; then
    for file in "${captures_due[@]}"; do delete "older than ${CAPTURE_KEEP_DAYS} days" "${file}"; done
    for file in "${logs_due[@]}"; do delete "older than ${LOGS_KEEP_DAYS} days" "${file}"; done
  fi
  while IFS= read -r -d '' entry; do
    seconds="${entry#*/}" file="${backups}/${entry##*/}"
    if ((now - ${seconds%/*} >= BACKUP_KEEP_DAYS * 86400)); then delete "older than ${BACKUP_KEEP_DAYS} days" "${file}"; fi
  done < <(archives)
}

delete_by_disk_use() {
  local entry
  local -a closed kept=() transferred=()
  lock_out_backup
  while IFS= read -r -d '' entry; do
    if grep --quiet --fixed-strings --line-regexp --no-messages -e "${entry##*/}" -- "${state}/transferred"; then
      transferred+=("${backups}/${entry##*/}")
    else
      kept+=("${backups}/${entry##*/}")
    fi
  done < <(archives)
  mapfile -d '' -t closed < <(captures)
  if [[ -z "${busy}" ]]; then relieve "${dumps}" "oldest capture" "${closed[@]}"; fi
  relieve "${backups}" "oldest transferred archive" "${transferred[@]}"
  if [[ -z "${busy}" ]]; then relieve "${backups}" "oldest archive, not transferred," "${kept[@]}"; fi
}

# The capture is all that grows by itself. It is stopped each minute, so that a reboot does not bring it back.
pause_or_resume() {
  # shellcheck disable=SC2310 # see relieve
  if is_full "${dumps}"; then
    systemctl stop "${unit}"
    if [[ -e "${paused}" ]]; then return; fi
    log "capture paused: disk is full, nothing more may be deleted"
    record capture failed "paused: disk is full, nothing more may be deleted"
    touch -- "${paused}"
  elif [[ -e "${paused}" ]]; then
    systemctl start --no-block "${unit}"
    log "capture resumed"
    rm --force -- "${paused}"
  fi
}

main() {
  if [[ ! -d "${dumps}" ]]; then return; fi
  take_lock retention
  seal
  delete_by_age
  # shellcheck disable=SC2310 # see relieve
  if is_full "${dumps}" || is_full "${backups}"; then delete_by_disk_use; fi
  pause_or_resume
  if [[ -n "${failed}" ]]; then
    record retention failed "${failed}"
    exit 1
  fi
  if ((deleted > 0)); then record retention ok "deleted ${deleted} files, the last ${last}"; fi
}

main
