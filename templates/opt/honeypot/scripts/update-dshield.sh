#!/usr/bin/env bash
# Updates DShield to a given commit, tag or branch, else to the one in the settings. Makes a backup first, compares
# honeypot-status before and after, and rolls back if a check became worse.
# shellcheck disable=SC2310,SC2312 # functions are called as conditions, and a failure means no
set -euo pipefail
# shellcheck source=common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
export GIT_TERMINAL_PROMPT=0
clone="${root}/opt/honeypot/src/dshield" scripts="${root}/opt/honeypot/scripts"
# Exists from the first change to the last, so that the update is repeated after a power cut.
mark="${state}/dshield.updating" refused="${state}/dshield.refused"

head_of() { git -C "${clone}" rev-parse --verify --quiet "$1^{commit}"; }

# The commit of REF on the server; an abbreviated commit is found only among all commits.
fetch() {
  if git -C "${clone}" fetch --quiet --depth=1 origin "$1" 2>/dev/null; then
    head_of FETCH_HEAD
  else
    git -C "${clone}" fetch --quiet --tags origin && head_of "$1"
  fi
}

# Ignores the result of an earlier update.
bad() { "${root}/usr/local/bin/honeypot-status" 2>/dev/null | sed --quiet --regexp-extended '/^!! update /d; s/^!! (.{15}).*/\1/p' | sed 's/ *$//' | sort || true; }

# change_to COMMIT: installs it, and fails if a check became worse, which it puts into `worse`.
change_to() {
  local try
  worse="it cannot be fetched"
  head_of "$1" >/dev/null || fetch "$1" >/dev/null || return
  git -C "${clone}" -c advice.detachedHead=false checkout --quiet --force --detach "$1" -- || return
  worse="its installer failed"
  dshield_pause=0 "${root}/opt/honeypot/first-boot/50-dshield.sh" || return
  worse="our configuration could not be restored"
  "${scripts}/reapply.sh" --now || return
  systemctl restart rsyslog.service cron.service cowrie.service web-honeypot.service || return
  for ((try = 0; try < 12; try++)); do
    worse="$(comm -13 <(printf '%s\n' "${before}") <(bad))"
    if [[ -z "${worse}" ]]; then return; fi
    sleep "${update_pause:-10}"
  done
  worse="${worse//$'\n'/, }"
  return 1
}

take_lock dshield
trap 'record_end dshield-update' EXIT
begin dshield-update
read -r -a words <<<"${REPOSITORIES#*dshield }"
ref="${1:-${words[1]}}"
recloned=""
if ! is_whole "${clone}"; then
  message="its clone is broken and cannot be fetched again" recloned=yes
  log "its clone is broken, perhaps by a power cut: fetching it again"
  rm --recursive --force -- "${clone}"
  # Failures of other clones do not matter here.
  "${root}/opt/honeypot/first-boot/45-clones.sh" || is_whole "${clone}"
fi
if [[ -e "${mark}" ]]; then
  read -r old new <"${mark}"
  before=""
  log "resuming the update to ${new}"
else
  message="${ref} cannot be fetched"
  git -C "${clone}" remote set-url origin "${words[0]}"
  old="$(head_of HEAD)"
  new="$(fetch "${ref}")"
  message="is at ${old:0:7}, which is ${ref}"
  if [[ "${new}" == "${old}" && -z "${recloned}" ]]; then exit; fi
  message="stays at ${old:0:7}: ${new:0:7} did not work here"
  if [[ -z "${1:-}" && -e "${refused}" && "$(<"${refused}")" == "${new}" ]]; then exit; fi
  message="not started: there is no backup of the files that an update deletes"
  "${scripts}/backup.sh"
  before="$(bad)"
  put "${mark}" printf '%s %s\n' "${old}" "${new}"
fi
if change_to "${new}"; then
  rm --force -- "${mark}" "${refused}"
  message="updated from ${old:0:7} to ${new:0:7}"
  log "${message}"
  exit
fi
message="${new:0:7} does not work here (${worse}); "
log "${message}going back to ${old:0:7}"
put "${refused}" printf '%s\n' "${new}"
if change_to "${old}"; then message+="went back to ${old:0:7}"; else message+="${old:0:7} no longer works either (${worse})"; fi
rm --force -- "${mark}"
exit 1
