#!/usr/bin/env bash
# Every minute: seals closed captures, deletes by age, then by disk use, and as the last resort pauses the capture.
# shellcheck disable=SC2310 # functions are asked questions here; a df that fails counts as not full: nothing is deleted on a guess
# shellcheck disable=SC2312 # a list that cannot be read is empty, find says why, and nothing is deleted
set -euo pipefail
# shellcheck source=common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
export LC_ALL=C
log_file="${logs}/retention.log" unit=honeypot-capture.service paused="${state}/capture.paused"
deleted="" failed="" busy="" archives=("${backups}" -maxdepth 1 -type f -regextype posix-extended
  -regex '.*/[A-Za-z0-9.-]+_[a-z_]+_[0-9-]{10}_[0-9-]{8}\.(zip|7z|tar\.zst\.age)')

# A closed capture becomes root's, the `x.pcap2` of a rotation by size becomes `x_2.pcap`, and last it becomes read-only:
# what is read-only is closed and keeps its name (the backup and the deleting below rely on it).
# Files are listed before asking which are open: one that is born in between is not in the list.
seal() {
  local pid file name
  local -a unsealed
  mapfile -d '' -t unsealed < <(find "${dumps}" -maxdepth 1 -type f -name '*.pcap*' -perm /222 -print0)
  pid="$(systemctl show --property=MainPID --value "${unit}")"
  for file in "${unsealed[@]}"; do
    if is_open "${file}" "${pid}"; then continue; fi
    chown --no-dereference root -- "${file}"
    name="${file%.pcap*}_${file##*.pcap}.pcap"
    if [[ "${file}" =~ \.pcap[0-9]+$ && ! -e "${name}" ]]; then
      mv --no-target-directory -- "${file}" "${name}"
      file="${name}"
    fi
    chmod a-w -- "${file}"
  done
}

# By device and inode: the unit has mounts of its own, so a path would not do.
is_open() {
  local descriptor
  for descriptor in "/proc/$2/fd"/*; do
    if [[ "$1" -ef "${descriptor}" ]]; then return; fi
  done
  return 1
}

# The lists, each oldest first and narrowed by more arguments for find. Symlinks are neither listed nor followed.
oldest_first() {
  find "$@" -type f -printf '%T@ %p\0' | sort --zero-terminated --numeric-sort |
    cut --zero-terminated --delimiter=' ' --fields=2-
}
captures() { oldest_first "${dumps}" -maxdepth 1 -name '*.pcap*' ! -perm /222 "$@"; }
collected() { oldest_first "${logs}"/{cowrie,firewall,webhoneypot} "$@"; }
archives() { oldest_first "${archives[@]}" "$@"; }
transferred() {
  archives "$@" | grep --null-data --fixed-strings --line-regexp --file=<(sed "s|^|${backups}/|" "${state}/transferred" 2>/dev/null)
}

# Then the newest archive of each set is in no list. Its name says which it is: a copy of an archive has a new time.
spare_newest() {
  local name set=""
  while read -r name; do
    if [[ "${name%_*_*}" != "${set}" ]]; then archives+=(! -name "${name}"); fi
    set="${name%_*_*}"
  done < <(find "${archives[@]}" -printf '%f\n' | sort --reverse)
}

# delete WHY DIRECTORY LIST...: all of the list, or no more than it takes to get the disk of DIRECTORY below the limit.
delete() {
  local file
  while IFS= read -r -d '' file; do
    if [[ -n "$2" ]] && ! is_full "$2"; then return; fi
    if rm --force -- "${file}" "${file}.sha256"; then
      deleted="deleted ${file@Q}: $1"
      log "${deleted}"
    else
      failed="cannot delete ${file@Q}"
      log "${failed}"
    fi
    if [[ -n "$2" ]]; then sync --file-system -- "$2"; fi
  done < <("${@:3}")
}

is_full() {
  local used
  used="$(used_percent "$1")"
  ((used >= DISK_MAX_USED_PERCENT))
}

by_age() { delete "older than $1 days" "" "$2" -mmin "+$(($1 * 1440))"; }
by_disk_use() { delete "$1 at ${DISK_MAX_USED_PERCENT}% disk use" "$2" "$3"; }

# The capture is all that grows by itself. It is stopped each minute, so that a reboot does not bring it back.
pause_or_resume() {
  local why="paused: disk is full, nothing more may be deleted"
  if is_full "${dumps}"; then
    systemctl stop "${unit}"
    if [[ -e "${paused}" ]]; then return; fi
    log "capture ${why}"
    record capture failed "${why}"
    touch -- "${paused}"
  elif [[ -e "${paused}" ]]; then
    systemctl start --no-block "${unit}"
    log "capture resumed"
    rm -- "${paused}"
  fi
}

if [[ ! -d "${dumps}" ]]; then exit; fi
take_lock retention
# From here to the end no backup can start. When one is running, what it may be reading stays: captures and collected
# logs. The guard then has the transferred archives, which no backup reads, and the pause of the capture.
hold backup || busy=yes
seal
spare_newest
if [[ -z "${busy}" ]]; then
  by_age "${CAPTURE_KEEP_DAYS}" captures
  by_age "${LOGS_KEEP_DAYS}" collected
fi
# What is to be transferred stays until it is, but for the last resort.
if [[ -n "${TRANSFER_HOST:-}" ]]; then list=transferred; else list=archives; fi
by_age "${BACKUP_KEEP_DAYS}" "${list}"
if [[ -z "${busy}" ]]; then by_disk_use "oldest capture" "${dumps}" captures; fi
by_disk_use "oldest transferred archive" "${backups}" transferred
if [[ -z "${busy}" ]]; then by_disk_use "oldest archive, not transferred," "${backups}" archives; fi
pause_or_resume
if [[ -n "${failed}" ]]; then
  record retention failed "${failed}"
  exit 1
fi
if [[ -n "${deleted}" ]]; then record retention ok "${deleted}"; fi
