#!/usr/bin/env bash
# Sends archives that the backup server does not have yet, each completely or not at all. Deletes old ones there only
# if transfer.keep_days is set.
#
# The server and everyone who can write to its folder may be hostile: replies are limited and matched, never evaluated.
# shellcheck disable=SC2310 # functions are called as conditions; they return 1 on failure
# shellcheck disable=SC2312 # grep may find nothing
set -euo pipefail
# shellcheck source=common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
export LC_ALL=C
umask 077
shopt -s nullglob
log_file="${logs}/scp_backup.log" ledger="${state}/transferred" pause="${transfer_pause_seconds:-30}"
work="" child="" result="" reason="" is_final="" is_refusal="" sent=0 bytes=0 deleted=0 remark=""
stem="${SENSOR_NAME}_[a-z_]+_[0-9]{4}(-[0-9]{2}){2}_([0-9]{2}-){2}[0-9]{2}\.(zip|7z|tar\.zst\.age)"
# The size of each file of one archive on the server, and the archives in the ledger.
declare -A there=() transferred=()
problems=() damaged=() pending=()

main() {
  local name try aside
  take_lock transfer
  trap end EXIT
  begin transfer
  work="$(mktemp --directory)"
  forget_another_server
  run "${root}/opt/honeypot/scripts/capture.sh" --names || true
  while read -r name; do transferred["${name}"]=yes; done < <(ours "" "${ledger}")
  find_pending
  for ((try = 1; ; try++)); do
    problems=()
    if send_all && tidy; then break; fi
    if [[ -n "${is_final}" ]] || ((try == 6)); then fail "${damaged[@]}" "${reason}"; fi
    log "${reason}: retrying"
    run sleep "$((pause + RANDOM % (pause + 1)))"
    pause=$((pause * 2))
  done
  prune_ledger
  if ((${#problems[@]} + ${#damaged[@]})); then fail "${damaged[@]}" "${problems[@]}"; fi
  aside=("${backups}"/damaged/*.sha256)
  if ((${#aside[@]})); then remark+="; ${#aside[@]} damaged archives are in ${backups#"${root}"}/damaged"; fi
  result="sent ${sent} archives, ${bytes} bytes${remark}"
  log "ok: ${result}; deleted ${deleted} old ones on the server"
}

fail() {
  printf -v result '; %s' "$@"
  result="${result#; }"
  exit 1
}

# ours SUFFIXES FILE: prints the lines that are names of this sensor's archives.
ours() { grep --text --no-messages --extended-regexp --line-regexp -e "${stem}$1" -- "$2"; }

# However this process ends, it records a result and leaves no other process. Only the end of main is a success.
end() {
  local code=$?
  trap '' TERM INT HUP PIPE
  if [[ -n "${child}" ]]; then kill "${child}" 2>/dev/null || true; fi
  if [[ -n "${work}" ]]; then rm --recursive --force -- "${work}"; fi
  case "${code}" in
  0) record transfer ok "${result}" && return ;;
  1) ;;
  143) result="stopped by a signal" ;;
  *) result="" ;;
  esac
  result="${result:-stopped with exit code ${code}}"
  log "failed: ${result}; sent ${sent} archives, ${bytes} bytes"
  record transfer failed "${result}"
}

# run COMMAND...: in the background, because bash handles signals only between two commands.
run() {
  local code=0
  "$@" &
  child=$!
  wait "${child}" || code=$?
  child=""
  return "${code}"
}

# The ledger belongs to one server.
forget_another_server() {
  local place="${TRANSFER_USER}@${TRANSFER_HOST}:${TRANSFER_PORT}:${TRANSFER_PATH}" known="${state}/transferred.to"
  if [[ -e "${known}" && "$(<"${known}")" == "${place}" ]]; then return; fi
  rm --force -- "${ledger}"
  printf '%s\n' "${place}" >"${known}"
}

# Finds the archives to send, only those that match their checksum.
find_pending() {
  local name
  for name in "${backups}/${SENSOR_NAME}"_*.sha256; do
    name="${name##*/}" name="${name%.sha256}"
    if [[ ! "${name}" =~ ^${stem}$ || ! -e "${backups}/${name}" || -n "${transferred["${name}"]:-}" ]]; then continue; fi
    run sha256sum -- "${backups}/${name}" >"${work}/sum" || true
    if [[ "$(<"${work}/sum")" == "$(cut --characters=-64 -- "${backups}/${name}.sha256")  ${backups}/${name}" ]]; then
      pending+=("${name}")
    else
      set_aside "${name}"
    fi
  done
}

# Moves a damaged archive aside. Without the ledger of its set, the next backup packs the whole set again.
set_aside() {
  local name="$1" set="${1#"${SENSOR_NAME}_"}" lock_fd=""
  damaged+=("${name} does not match its checksum: it was not sent")
  if ! hold backup "${lock_wait_seconds:-30}"; then return; fi
  rm --force -- "${state}/archived/${set%_*_*}"
  mkdir --parents -- "${backups}/damaged"
  mv --force -- "${backups}/${name}" "${backups}/damaged/"
  mv --force -- "${backups}/${name}.sha256" "${backups}/damaged/"
  exec {lock_fd}>&-
  damaged[-1]+=", it is now in ${backups#"${root}"}/damaged, and the next backup packs its content again"
}

# converse BYTES COMMAND...: one connection. On failure it sets reason, and is_refusal if the server refused.
# Limits time, memory and reply. Keepalives detect a lost server, but a hanging one may still answer them.
converse() {
  local size="$1" rate=65536 limit host="${TRANSFER_HOST}" code=0 limits=()
  if [[ "${host}" == *:* ]]; then host="[${host}]"; fi
  if ((TRANSFER_LIMIT_KBIT > 0)); then limits=(-l "${TRANSFER_LIMIT_KBIT}"); fi
  if ((TRANSFER_LIMIT_KBIT > 0 && TRANSFER_LIMIT_KBIT < 1000)); then rate=$((TRANSFER_LIMIT_KBIT * 64)); fi
  limit=$((${transfer_patience_seconds:-120} + size / rate))
  printf '%s\n' "${@:2}" >"${work}/batch"
  run limited timeout --kill-after=10 "${limit}" sftp -b "${work}/batch" -F none -P "${TRANSFER_PORT}" "${limits[@]}" \
    -i "${secrets}/transfer_key" -o StrictHostKeyChecking=yes -o HostKeyAlias=backup-server \
    -o UserKnownHostsFile="${root}/etc/honeypot/known_hosts" -o GlobalKnownHostsFile=none \
    -o IdentitiesOnly=yes -o IdentityAgent=none -o PreferredAuthentications=publickey -o ConnectTimeout=30 \
    -o ServerAliveInterval=10 -o ServerAliveCountMax=3 -o LogLevel=ERROR -- "${TRANSFER_USER}@${host}" \
    >"${work}/out" 2>"${work}/err" || code=$?
  is_refusal=""
  if ((code == 0)); then return; fi
  reason="$(grep --text --invert-match --extended-regexp '^(@|Connection closed|remote mkdir|[[:space:]]*$)' "${work}/err" |
    tail --lines=1 | head --bytes=200 || true)"
  reason="${reason%$'\r'}" reason="${reason//[^[:print:]]/?}"
  if ((code == 124 || code == 137)); then
    reason="${TRANSFER_HOST} did not finish within ${limit} s"
  elif ((code == 153)) || grep --quiet 'out of memory' "${work}/err"; then
    is_refusal=yes reason="the reply of ${TRANSFER_HOST} is too long"
  elif grep --quiet '^Host key verification failed' "${work}/err"; then
    reason="${TRANSFER_HOST} does not have the pinned host key: nothing was sent" is_final=yes
  elif grep --quiet 'Permission denied (' "${work}/err"; then
    reason="${TRANSFER_HOST} refuses the key of ${TRANSFER_USER}" is_final=yes
  elif grep --quiet '^Received message too long' "${work}/err"; then
    reason="the reply of ${TRANSFER_HOST} is not SFTP: the login shell of ${TRANSFER_USER} there must not print anything"
  elif ((code == 1)); then
    is_refusal=yes
    if [[ "${reason}" == *Failure ]]; then reason+=" (possibly a full disk)"; fi
  fi
  reason="${reason:-the connection to ${TRANSFER_HOST} was lost}"
  return 1
}

# Without the locks, which a surviving child process would keep.
limited() {
  exec {lock_fd}>&-
  ulimit -f 4096 -v "${transfer_memory_kib:-262144}"
  exec "$@"
}

# in_folder BYTES COMMAND...: in the folder of the archives.
in_folder() { converse "$1" "cd \"${TRANSFER_PATH}\"" "${@:2}"; }

send_all() {
  local name
  # Creates only the last folder of the path; its parents must exist on the server.
  if ! converse 0 "-mkdir \"${TRANSFER_PATH}\"" "cd \"${TRANSFER_PATH}\""; then
    if [[ -n "${is_refusal}" ]]; then reason="${TRANSFER_PATH}: ${reason}" is_final=yes; fi
    return 1
  fi
  for name in "${pending[@]}"; do
    # Retention may have deleted it.
    if [[ -n "${transferred["${name}"]:-}" || ! -e "${backups}/${name}" ]] || send "${name}"; then continue; fi
    if [[ -z "${is_refusal}" ]]; then return 1; fi
    problems+=("${name}: ${reason}")
  done
}

# look BYTES ARCHIVE COMMAND...: runs the commands, then queries the size of each file of the archive. Each reply is one
# line that ends with exactly that name, because the listing of a folder can be made to look like any line.
look() {
  local size="$1" name="$2" suffix line lines=() asks=()
  for suffix in "" .part .sha256 .sha256.part; do asks+=("-ls -ln \"${name}${suffix}\""); done
  in_folder "${size}" "${@:3}" "${asks[@]}" || return 1
  mapfile -t lines < <(sed --quiet "/^sftp> -ls /,\$p" "${work}/out" | head --lines=9)
  there=()
  for suffix in "" .part .sha256 .sha256.part; do
    line="${lines[1]:-}"
    if [[ "${lines[0]:-}" != "sftp> -ls -ln \"${name}${suffix}\"" ]]; then break; fi
    lines=("${lines[@]:1}")
    if [[ "${line}" =~ ^-.*\ (0|[1-9][0-9]{0,14})\ [A-Z][a-z]{2}\ [\ 0-9][0-9]\ +[0-9:]{4,5}\ "${name}${suffix}"$ ]]; then
      there["${name}${suffix}"]="${BASH_REMATCH[1]}"
      lines=("${lines[@]:1}")
    fi
  done
  if ((${#lines[@]} == 0)); then return; fi
  is_refusal=yes reason="the server does not report the size of this file"
  return 1
}

# send ARCHIVE: renames the .sha256 last, which shows that the archive is complete.
send() {
  local name="$1" size part try
  size="$(stat --format=%s -- "${backups}/${name}")" || return 1
  look 0 "${name}" || return 1
  if [[ -n "${there["${name}"]:-}" ]]; then
    finish "${name}" "${size}"
    return
  fi
  for try in 1 2; do
    if put_part "${name}" "${size}"; then
      in_folder 0 "-rm \"${name}.sha256\"" "rename \"${name}.part\" \"${name}\"" \
        "rename \"${name}.sha256.part\" \"${name}.sha256\"" || return 1
      sent=$((sent + 1)) bytes=$((bytes + size))
      remember "${name}"
      return
    fi
    # A refused write may have left any data. An older part may be the cause.
    part="${there["${name}.part"]:-}${there["${name}.sha256.part"]:-}"
    if [[ -z "${is_refusal}" ]]; then return 1; fi
    forget_parts "${name}"
    if [[ -z "${part}" ]]; then return 1; fi
  done
  return 1
}

# finish ARCHIVE SIZE: if the name exists on the server, checks its size and checksum.
finish() {
  local name="$1" sum
  for sum in "${name}.sha256" "${name}.sha256.part" ""; do
    if [[ -n "${sum}" && -n "${there["${sum}"]:-}" ]]; then break; fi
  done
  if [[ -n "${sum}" && "${there["${name}"]}" == "$2" ]]; then
    in_folder 0 "get \"${sum}\" \"${work}/sum\"" || return 1
    if cmp --silent -- "${work}/sum" "${backups}/${name}.sha256"; then
      if [[ "${sum}" == *.part ]]; then in_folder 0 "rename \"${sum}\" \"${name}.sha256\"" || return 1; fi
      remember "${name}"
      return
    fi
  fi
  is_refusal=yes reason="exists on the server with other content; left unchanged"
  return 1
}

# put_part ARCHIVE SIZE: uploads the missing part of ARCHIVE.part, and the checksum.
put_part() {
  local name="$1" size="$2" commands=() part="${there["$1.part"]:-}"
  if [[ -n "${part}" ]] && ((part > size)); then commands+=("rm \"${name}.part\"") part=""; fi
  if [[ -z "${part}" ]]; then
    commands+=("put -f \"${backups}/${name}\" \"${name}.part\"")
  elif ((part < size)); then
    commands+=("reput -f \"${backups}/${name}\" \"${name}.part\"")
  fi
  look "${size}" "${name}" "${commands[@]}" "put -f \"${backups}/${name}.sha256\" \"${name}.sha256.part\"" || return 1
  part="${there["${name}.part"]:-}"
  if [[ "${part}" == "${size}" ]]; then return; fi
  is_refusal=yes reason="has ${part:-no} bytes on the server instead of ${size}"
  return 1
}

# If the server refuses to delete parts, they are renamed.
forget_parts() {
  local said="${reason}" now part commands=()
  printf -v now '%(%s)T' -1
  for part in "$1.part" "$1.sha256.part"; do
    commands+=("-rm \"${part}\"" "-rename \"${part}\" \"${part}.${now}\"")
  done
  in_folder 0 "${commands[@]}" || true
  there=()
  is_refusal=yes reason="${said}"
}

remember() {
  transferred["$1"]=yes
  printf '%s\n' "$1" >>"${ledger}"
}

# Deletes archives older than TRANSFER_KEEP_DAYS if the server has a newer one of the set that this sensor has sent, and
# parts of archives that no longer exist. If the server refuses to delete, that is only a note.
tidy() {
  local name set previous="" cutoff="" commands=() old=() doubt kept=0
  if ! list; then
    remark="; old archives in ${TRANSFER_PATH} were not deleted: ${reason}"
    [[ -n "${is_refusal}" ]]
    return
  fi
  if doubt="$(clock_is_plausible)"; then
    find "${backups}/damaged" -type f -mtime "+${BACKUP_KEEP_DAYS}" -delete 2>/dev/null || true
    if ((TRANSFER_KEEP_DAYS > 0)); then cutoff="$(date --utc --date="-${TRANSFER_KEEP_DAYS} days" +%F_%H-%M-%S)"; fi
  elif ((TRANSFER_KEEP_DAYS > 0)); then
    remark="; no old archive was deleted on the server: ${doubt}"
  fi
  while read -r name; do
    set="${name%_*_*}"
    if [[ -z "${there["${name}.sha256"]:-}" ]]; then continue; fi
    if [[ "${set}" == "${previous}" && "${name#"${set}_"}" < "${cutoff}" ]]; then old+=("${name}"); fi
    if [[ -n "${transferred["${name}"]:-}" ]]; then previous="${set}"; fi
  done < <(printf '%s\n' "${!there[@]}" | grep --extended-regexp --line-regexp -e "${stem}" | sort --reverse)
  # As many as one connection can handle within its time limit.
  old=("${old[@]:0:500}")
  for name in "${old[@]}"; do commands+=("-rm \"${name}.sha256\"" "-rm \"${name}\""); done
  for name in "${!there[@]}"; do
    if [[ "${name}" =~ ^(${stem})(\.sha256)?\.part$ && ! -e "${backups}/${BASH_REMATCH[1]}" ]]; then
      commands+=("-rm \"${name}\"")
    fi
  done
  if ((${#commands[@]} == 0)); then return; fi
  list "${commands[@]}" || return
  for name in "${old[@]}"; do if [[ -n "${there["${name}"]:-}" ]]; then kept=$((kept + 1)); fi; done
  deleted=$((deleted + ${#old[@]} - kept))
  if ((kept)); then remark="; ${kept} archives older than ${TRANSFER_KEEP_DAYS} days stay on the server, which refuses to delete them"; fi
}

# list COMMAND...: runs the commands, then finds our names in the folder.
list() {
  local name
  in_folder 0 "$@" "ls -1" || return 1
  there=()
  while read -r name; do there["${name}"]=listed; done < <(ours "(\.sha256)?(\.part)?" "${work}/out")
}

# Keeps the names of local archives, and the newest of each set, for tidy.
prune_ledger() {
  local name set previous=""
  if [[ ! -e "${ledger}" ]]; then return; fi
  while read -r name; do
    set="${name%_*_*}"
    if [[ "${set}" != "${previous}" || -e "${backups}/${name}" ]]; then printf '%s\n' "${name}"; fi
    previous="${set}"
  done < <(ours "" "${ledger}" | sort --reverse) | sort >"${ledger}.new"
  sync -- "${ledger}.new"
  mv --force -- "${ledger}.new" "${ledger}"
}

main
