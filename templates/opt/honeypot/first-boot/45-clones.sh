#!/usr/bin/env bash
# Clones the repositories that the sensor needs, each at its pinned ref.
# shellcheck disable=SC2310,SC2312 # functions are called as conditions, and a failed git prints nothing
set -euo pipefail
# shellcheck source=../scripts/common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
export GIT_TERMINAL_PROMPT=0
sources="${root}/opt/honeypot/src"

# is_at FOLDER URL REF: a tag or a branch means the commit that was cloned.
is_at() {
  local head
  if [[ "$(git -C "$1" config remote.origin.url 2>/dev/null) $(git -C "$1" config honeypot.ref 2>/dev/null)" != "$2 $3" ]]; then return 1; fi
  head="$(git -C "$1" rev-parse --verify --quiet 'HEAD^{commit}')" || return 1
  [[ ! "$3" =~ ^[0-9a-f]{7,64}$ || "${head}" == "$3"* ]]
}

# clone NAME URL REF: under a temporary name until it is complete and on the disk. Fetches a single commit, or everything
# if the server does not support that (old protocols, an abbreviated commit).
clone() {
  local new="${sources}/.$1.new" ref
  rm --recursive --force -- "${new}"
  git init --quiet -- "${new}"
  git -C "${new}" remote add origin "$2"
  git -C "${new}" config honeypot.ref "$3"
  if git -C "${new}" fetch --quiet --depth=1 origin "$3" 2>/dev/null; then
    ref=FETCH_HEAD
  else
    git -C "${new}" fetch --quiet --tags origin || return 1
    ref="$(git -C "${new}" rev-parse --verify --quiet "$3^{commit}" || printf 'origin/%s' "$3")"
  fi
  git -C "${new}" -c advice.detachedHead=false checkout --quiet --detach "${ref}" -- || return 1
  if ! is_at "${new}" "$2" "$3"; then
    log "$2 has a different commit at $3"
    return 1
  fi
  sync
  rm --recursive --force -- "${sources:?}/$1"
  mv --no-target-directory -- "${new}" "${sources}/$1"
}

mkdir --parents -- "${sources}"
read -r -a words <<<"${REPOSITORIES}"
for pause in 0 10 60; do
  sleep "${pause}"
  failed=()
  for ((i = 0; i < ${#words[@]}; i += 3)); do
    # update-dshield.sh changes the commit of an installed DShield, and can go back.
    if [[ "${words[i]}" == dshield && -e "${state}/first-boot/50-dshield.done" ]] && is_whole "${sources}/dshield"; then continue; fi
    if is_at "${sources}/${words[i]}" "${words[@]:i+1:2}" && is_whole "${sources}/${words[i]}"; then continue; fi
    clone "${words[@]:i:3}" || failed+=("${words[i + 1]} at ${words[i + 2]}")
  done
  if ((${#failed[@]} == 0)); then exit; fi
  log "could not clone ${failed[*]}"
done
exit 1
