#!/usr/bin/env bash
# Changes this machine to the state in tree/, and reverts the change unless a new login confirms it.
# plan: lists the changes, tab-separated. start: begins in the background. follow: prints its progress.
# confirm: keeps the change. boot, stopped: after an interruption, restore the old or keep the new state.
# shellcheck disable=SC2310,SC2312 # functions are called as conditions, and missing files print nothing
set -euo pipefail
export LC_ALL=C
umask 022
root="${HONEYPOT_ROOT:-}" here="$(cd -- "${BASH_SOURCE%/*}" && pwd)"
state="${root}/var/lib/honeypot/state" folder="${root}/var/lib/honeypot/apply" stamps="${root}/var/lib/honeypot/state/first-boot"
scripts="${root}/opt/honeypot/scripts" steps="${root}/opt/honeypot/first-boot" units="${root}/etc/systemd/system"
recovery="honeypot-revert.service"
# shellcheck source=plan.sh
source "${here}/plan.sh"
# shellcheck source=files.sh
source "${here}/files.sh"
# shellcheck source=kickstarter.sh
source "${here}/kickstarter.sh"

main() {
  case "${1:-} $#" in
    "plan 1") plan ;;
    "start 2") start "$2" ;;
    "run 1") run ;;
    "follow 1") follow "" ;;
    "confirm 1") confirm ;;
    "stopped 1") stopped ;;
    "boot 1") recover ;;
    *)
      printf 'usage: engine.sh plan | start SECONDS | follow | confirm\n' >&2
      exit 2
      ;;
  esac
}

# Nothing may depend on the log, for which the disk may be full.
say() { printf '%s\n' "$*" || true; }

# phase NAME: staged, changing, waiting, reverting or confirmed. A power cut leaves the old name or the new one.
phase() {
  printf '%s\n' "$1" >"${folder}/phase.new"
  sync -- "${folder}/phase.new"
  mv --force -- "${folder}/phase.new" "${folder}/phase"
  sync -- "${folder}"
}

phase_now() { cat -- "${folder}/phase" 2>/dev/null || true; }

# The result stays for `follow` and honeypot-status.
result() {
  local now
  printf -v now '%(%s)T' -1
  mkdir --parents -- "${state}"
  printf '%s %s %s\n' "${now}" "$1" "${2//$'\n'/ }" >"${state}/.apply.last.new"
  sync -- "${state}/.apply.last.new"
  mv --force -- "${state}/.apply.last.new" "${state}/apply.last"
}

# start SECONDS: keeps the bundle on the disk and begins; 0 seconds: without waiting for a login.
start() {
  local entry
  exec {lock}>"${root}/run/honeypot-apply.lock"
  flock --nonblock "${lock}" || {
    say "another apply begins at this moment" >&2
    exit 1
  }
  # The machine may have changed since the plan.
  (inspect && judge) | sed 's/^refuse.//' >&2
  # A change that did not begin must not forbid the next one.
  trap clean EXIT
  rm --recursive --force -- "${folder}"
  mkdir --parents -- "${folder%/*}"
  install --directory --mode=0700 -- "${folder}"
  for entry in tree names facts engine.sh plan.sh files.sh kickstarter.sh "${recovery}"; do
    cp --archive -- "${here}/${entry}" "${folder}/"
  done
  printf '%s\n' "$1" >"${folder}/window"
  : >"${folder}/log"
  rm --force -- "${state}/apply.last"
  cp -- "${folder}/${recovery}" "${units}/${recovery}"
  sync
  systemctl daemon-reload
  systemctl enable --quiet "${recovery}"
  phase staged
  sync
  in_background run
  trap - EXIT
}

# in_background COMMAND [OPTION]: it must not end with the login that started it. When it ends, a change that is not
# complete is undone.
in_background() {
  systemd-run --quiet --unit=honeypot-apply --collect --property=TimeoutStopSec=300 --property=TimeoutStartSec=infinity "${@:2}" \
    --property="ExecStopPost=/bin/sh -c 'test ! -e ${folder}/phase || exec bash ${folder}/engine.sh stopped'" /bin/bash "${folder}/engine.sh" "$1"
}

# What fails from here on is undone.
run() {
  local code=0 ended
  exec >>"${folder}/log" 2>&1 </dev/null
  inspect
  compare
  choose
  # The end of an interrupted change needs these decisions, too.
  declare -p kind changes changed added removed stopped_units restarted_units now_steps later_steps unwanted_clones \
    unwanted_packages former_admin new_ref made_by makes >"${folder}/decided"
  # In a condition, bash would ignore errors inside.
  set +e
  (set -e && change)
  code=$?
  set -e
  if ((code == 0)); then
    finish
  else
    ended="$(cat -- "${folder}/problem" 2>/dev/null || true)"
    revert "${ended:-stopped with exit code ${code}}"
  fi
}

# fail MESSAGE: ends the change; run then reverts it.
fail() {
  rm --force -- "${folder}/reserve"
  printf '%s\n' "$1" >"${folder}/problem"
  exit 1
}

change() {
  local before="" path
  if [[ "${kind}" == sensor ]]; then
    before="$(failed_checks)"
  else
    systemctl stop honeypot-first-boot.service 2>/dev/null || true
  fi
  snapshot
  # From here on the old files are restored.
  phase changing
  for path in "${stopped_units[@]}"; do systemctl disable --quiet --now "${path}" || true; done
  lay_files
  systemctl daemon-reload
  # Before sshd moves to another port.
  if [[ "${kind}" == sensor ]] && differs 'ADMIN_*'; then systemctl restart honeypot-admin-access.service || fail "the rules of the admin port cannot be loaded"; fi
  run_steps "${now_steps[@]}"
  for path in "${restarted_units[@]}"; do
    say "restarts ${path}"
    systemctl restart "${path}" || fail "${path} does not restart"
  done
  if [[ "${kind}" == sensor ]]; then compare_checks "${before}"; fi
  wait_for_login
}

# run_steps STEP...: the steps can run again at any time.
run_steps() {
  local step
  for step; do
    say "${step}"
    "${steps}/${step}.sh" </dev/null || fail "${step} failed: $(last_line)"
    mkdir --parents -- "${stamps}"
    if [[ "${kind}" == sensor ]]; then TZ=UTC printf '%(%FT%TZ)T\n' -1 >"${stamps}/${step}.done"; fi
  done
}

last_line() { grep --text '[^[:space:]]' "${folder}/log" | tail --lines=1 || true; }

failed_checks() { "${root}/usr/local/bin/honeypot-status" 2>/dev/null </dev/null | sed --quiet --regexp-extended 's/^!! (.{15}).*/\1/p' | sed 's/ *$//' | sort || true; }

# compare_checks BEFORE: waits until no check is worse than before the change.
compare_checks() {
  local try worse=""
  say "waits for honeypot-status"
  for ((try = 0; try < ${apply_status_tries:-18}; try++)); do
    worse="$(comm -13 <(printf '%s\n' "$1") <(failed_checks))"
    if [[ -z "${worse}" ]]; then return; fi
    sleep "${apply_pause:-10}"
  done
  fail "honeypot-status became worse: ${worse//$'\n'/, }"
}

wait_for_login() {
  local waited window
  window="$(<"${folder}/window")"
  if ((window == 0)); then return; fi
  phase waiting
  say "waits ${window} s for a new login"
  for ((waited = 0; waited < window; waited++)); do
    if [[ -e "${folder}/confirmed" ]]; then return; fi
    sleep 1
  done
  fail "no new login confirmed the change within ${window} s"
}

# Only a login that began after the change proves that the admin can still log in. A console is no login over SSH.
confirm() {
  local pid="${PPID}" name age
  case "$(phase_now)" in
    waiting) ;;
    staged | changing)
      say "the change is not complete yet" >&2
      exit 75
      ;;
    *) follow end ;;
  esac
  while ((pid > 1)); do
    name="$(cat -- "/proc/${pid}/comm" 2>/dev/null || true)"
    if [[ "${name}" == sshd* ]]; then
      age="$(ps --no-headers --format=etimes --pid "${pid}")"
      if (($(date +%s) - $(stat --format=%Y -- "${folder}/phase") < age)); then
        say "this login began before the change: log in again, and confirm there" >&2
        exit 75
      fi
      break
    fi
    pid="$(sed 's/.*) . \([0-9]*\) .*/\1/' "/proc/${pid}/stat" 2>/dev/null || echo 0)"
  done
  : >"${folder}/confirmed"
  follow end
}

# follow UNTIL: prints new lines of the log; ends when the change waits for a login, or with UNTIL=end at its end.
follow() {
  local seen=0 lines now kept_result message
  # The lines before the confirmation were printed to the earlier login.
  if [[ "$1" == end ]]; then seen="$(wc --lines <"${folder}/log" 2>/dev/null || echo 0)"; fi
  while :; do
    now="$(phase_now)"
    mapfile -t lines < <(tail --lines="+$((seen + 1))" -- "${folder}/log" 2>/dev/null || true)
    if ((${#lines[@]})); then
      printf 'log\t%s\n' "${lines[@]}"
      seen=$((seen + ${#lines[@]}))
    fi
    if [[ "${now}" == waiting && -z "$1" ]]; then
      printf 'end\twaiting\n'
      exit
    fi
    if [[ -z "${now}" ]]; then break; fi
    sleep "${apply_follow_pause:-1}"
  done
  read -r _ kept_result message <"${state}/apply.last" || kept_result=failed message="there is no result"
  printf 'end\t%s\t%s\n' "${kept_result}" "${message}"
  if [[ "${kept_result}" == ok ]]; then exit 0; else exit 1; fi
}

# Keeps the new state. From here on a power cut is no reason to revert.
finish() {
  phase confirmed
  schedule_steps
  remove_unwanted || say "could not remove everything that the settings no longer ask for"
  if [[ "${kind}" != sensor ]]; then hostnamectl set-hostname "${new_environment[SENSOR_NAME]}" || true; fi
  if ((${#later_steps[@]})); then
    systemctl enable --quiet honeypot-first-boot.service || true
    systemctl start --no-block honeypot-first-boot.service || true
  elif [[ -n "${new_ref}" ]]; then
    systemctl start --no-block honeypot-update.service || true
  fi
  result ok "${changes} changes of ${made_by:-this machine} to ${makes}"
  clean
}

# Steps that take long, or reboot, run as on a first boot, which resumes them after a power cut.
schedule_steps() {
  local step
  if ((${#later_steps[@]} == 0)); then return; fi
  for step in "${later_steps[@]}"; do
    rm --force -- "${stamps}/${step}.done"
    # It would count as done.
    if [[ "${step}" == 80-reboot ]]; then rm --force -- "${state}/reboot"; fi
  done
  rm --force -- "${state}/first-boot.done"
  sync
}

# revert MESSAGE: restores files first, then what runs.
revert() {
  local step ended="reverted: $1"
  rm --force -- "${folder}/reserve"
  if [[ "$(phase_now)" == staged ]]; then
    if [[ "${kind}" == unfinished ]]; then systemctl start --no-block honeypot-first-boot.service || true; fi
    result failed "nothing was changed: $1"
    clean
    return
  fi
  say "reverts: $1"
  phase reverting
  stop_added
  restore_files || ended+="; not every old file could be restored"
  systemctl daemon-reload || true
  if [[ "${kind}" == sensor ]]; then
    systemctl restart honeypot-admin-access.service || true
    for step in "${now_steps[@]}"; do
      if [[ -x "${steps}/${step}.sh" ]]; then "${steps}/${step}.sh" </dev/null || say "${step} failed while reverting"; fi
    done
    start_restored
  else
    nft delete table inet honeypot_admin 2>/dev/null || true
    restart_sshd || true
    if [[ "${kind}" == unfinished ]]; then systemctl start --no-block honeypot-first-boot.service; fi
  fi
  result failed "${ended}"
  clean
}

# Ubuntu listens in ssh.socket, whose port is generated from sshd_config.
restart_sshd() {
  if systemctl is-enabled --quiet ssh.socket 2>/dev/null; then
    systemctl stop ssh.service
    systemctl restart ssh.socket
  else
    systemctl restart ssh.service
  fi
}

# A unit whose file is gone would run on.
stop_added() {
  local path
  for path in "${added[@]}"; do
    if is_unit "${path}"; then systemctl stop "$(unit_in "${path}")" || true; fi
    if [[ "${path}" == opt/honeypot/scripts/egress.sh ]]; then nft delete table inet honeypot_egress 2>/dev/null || true; fi
  done
}

start_restored() {
  local unit
  for unit in "${stopped_units[@]}"; do systemctl start "${unit}" || true; done
  for unit in "${restarted_units[@]}"; do systemctl restart "${unit}" || true; done
}

# Called by declare -p's lines, which would otherwise be local.
decided() { sed 's/^declare -/declare -g -/' -- "${folder}/decided" 2>/dev/null; }

# stopped: after `run` has ended in any way; does nothing unless something has killed it.
stopped() {
  case "$(phase_now)" in
    staged | changing | waiting | reverting)
      resume
      revert "its process was stopped"
      ;;
    confirmed)
      resume
      finish
      ;;
    *) ;;
  esac
}

resume() {
  exec >>"${folder}/log" 2>&1 </dev/null
  inspect
  # shellcheck source=/dev/null
  source <(decided || true)
}

# boot: before any other unit starts.
recover() {
  local ended=""
  case "$(phase_now)" in
    changing | waiting | reverting)
      rm --force -- "${folder}/reserve"
      restore_files || ended="; not every old file could be restored"
      systemctl daemon-reload || true
      # This boot has already chosen its units.
      systemctl start --no-block default.target || true
      result failed "reverted: the machine restarted before a new login confirmed the change${ended}"
      ;;
    confirmed)
      # The removal of packages needs a running system.
      in_background stopped --no-block
      return
      ;;
    *) ;;
  esac
  clean
}

clean() {
  systemctl disable --quiet "${recovery}" 2>/dev/null || true
  rm --force -- "${units}/${recovery}"
  # Without its phase the rest is meaningless.
  rm --force -- "${folder}/phase"
  sync
  rm --recursive --force -- "${folder}"
}

main "$@"
