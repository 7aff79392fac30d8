#!/usr/bin/env bash
# Common parts of the sensor's scripts: settings, directories, log lines, task results, locks.
# shellcheck disable=SC2034 # scripts that source this file use the directories
root="${HONEYPOT_ROOT:-}"
# shellcheck source=../../../../test/support/honeypot.env
source "${root}/etc/default/honeypot"
dumps="${root}/var/lib/honeypot/dumps" state="${root}/var/lib/honeypot/state"
logs="${root}/var/log/honeypot" backups="${root}/var/backups/honeypot" secrets="${root}/etc/honeypot/secrets"
notes=()

# Without this, bash would run an EXIT trap with exit code 0 after a signal; this way the trap sees the signal.
trap 'exit 143' TERM INT HUP PIPE QUIT ALRM USR1 USR2 VTALRM XCPU XFSZ

log() {
  local time name="${0##*/}"
  TZ=UTC printf -v time '%(%FT%TZ)T' -1
  name="${name%.sh}"
  printf '%s %s: %s\n' "${time}" "${name}" "$*" >&2
  if [[ -n "${log_file:-}" ]]; then printf '%s %s: %s\n' "${time}" "${name}" "$*" >>"${log_file}"; fi
}

# put FILE COMMAND...: atomically replaces the file with the command's output, even if the power fails.
# Refuses a folder that another account owns, which could place a symlink there.
put() {
  local new="${1%/*}/.${1##*/}.new" folder="${1%/*}"
  while [[ "${folder}" == "${root}"/?* ]]; do
    if [[ ! -O "${folder}" ]]; then
      log "$1 is not written: ${folder} belongs to another account"
      return 1
    fi
    folder="${folder%/*}"
  done
  # In a folder that others can write to, the name may exist again: then nothing is written through it.
  rm --force -- "${new}" && (set -o noclobber && "${@:2}" >"${new}") && sync -- "${new}" && mv --force --no-target-directory -- "${new}" "$1" && sync -- "${1%/*}"
}

# begin TASK: lets honeypot-status report a process that is killed before it records its result.
begin() { (umask 022 && put "${state}/$1.running" printf '%s %s\n' "$$" "$(</proc/sys/kernel/random/boot_id)") || true; }

# record TASK ok|failed MESSAGE: records the last result of a task for honeypot-status.
record() {
  local now
  printf -v now '%(%s)T' -1
  (umask 022 && put "${state}/$1.last" printf '%s %s %s\n' "${now}" "$2" "${3//$'\n'/ }") && rm --force -- "${state}/$1.running"
}

# record_end TASK: records how this process ended, for an EXIT trap; `message` may contain the text.
record_end() {
  local code=$?
  # A second signal would end this before there is a result.
  trap '' TERM INT HUP PIPE
  if ((code == 0)); then
    record "$1" ok "${message:-done}"
  else
    # The message was for another result.
    if ((code == 143)); then message="stopped by a signal"; fi
    log "${message:=stopped with exit code ${code}}"
    record "$1" failed "${message}"
  fi
}

# note bad|note MESSAGE: adds a finding for honeypot-status, besides the result of this run. `bad`: data was lost or is
# damaged. `note`: a rule skipped data.
note() {
  local LC_ALL=C
  notes+=("$1: ${2//[^[:print:]]/?}")
}

# keep_notes TASK: replaces the last run's findings in TASK.notes with those of this run, one per line, bad ones first.
keep_notes() {
  if ((${#notes[@]} == 0)); then rm --force -- "${state}/$1.notes" && return; fi
  # shellcheck disable=SC2312 # neither of them fails
  mapfile -t notes < <(printf '%.300s\n' "${notes[@]}" | LC_ALL=C sort --stable --key=1,1)
  if ((${#notes[@]} > 50)); then notes=("${notes[@]:0:50}" "${notes[50]%%:*}: and $((${#notes[@]} - 50)) more"); fi
  (umask 022 && put "${state}/$1.notes" printf '%s\n' "${notes[@]}")
}

# hold NAME [SECONDS]: takes a lock until this process ends; fails if another process keeps it for longer than that.
# Only root can enter the folder, because anyone who can open a lock can hold it.
hold() {
  install --directory --mode=0700 -- "${root}/run/honeypot"
  exec {lock_fd}>"${root}/run/honeypot/$1.lock"
  flock --timeout "${2:-0}" "${lock_fd}"
}

# take_lock NAME [SECONDS]: takes a lock or exits with 75 (try later).
take_lock() {
  # shellcheck disable=SC2310 # called as a condition
  if ! hold "$@"; then
    log "another $1 is running"
    exit 75
  fi
}

# is_whole CLONE: whether git finds every object and file as committed; a power cut can leave empty ones.
is_whole() {
  git -C "$1" fsck --no-progress --no-dangling && git -C "$1" config remote.origin.url && git -C "$1" read-tree HEAD && git -C "$1" update-index --refresh
} >/dev/null 2>&1

# as_account USER[:GROUP] SECONDS COMMAND...: runs a program that another account can replace, stop or take over, with a
# time limit and without our locks and terminal, which it could keep. Its output must not be a pipe, which it could keep
# open too. The default group has the user's name.
as_account() (
  local fd
  for fd in "/proc/${BASHPID}/fd"/*; do
    fd="${fd##*/}"
    if ((fd > 2)); then exec {fd}>&-; fi
  done
  exec setsid --wait timeout --kill-after=10 "$2" setpriv --reuid="${1%:*}" --regid="${1#*:}" --clear-groups -- "${@:3}"
)

# read_foreign FILE: prints the beginning of a file in another account's folder.
read_foreign() { python3 -I "${root}/usr/local/lib/honeypot/foreign.py" "$1"; }

# used_percent PATH: the used percentage of its file system, as df counts.
used_percent() {
  local percent
  percent="$(df --output=pcent -- "$1")"
  printf '%s\n' "${percent//[!0-9]/}"
}

# clock_is_plausible: whether files may be deleted by age; otherwise prints why not.
clock_is_plausible() { python3 -I "${root}/usr/local/lib/honeypot/clock.py"; }
