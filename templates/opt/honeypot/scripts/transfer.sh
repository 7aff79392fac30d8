#!/usr/bin/env bash
# Sends the archives that the backup server does not have, each whole or not at all, and deletes old ones there.
# shellcheck disable=SC2310 # functions are asked whether they could: they return 1 themselves where they could not
# shellcheck disable=SC2312 # grep finds nothing where there is nothing
set -euo pipefail
# shellcheck source=common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
export LC_ALL=C
umask 077
shopt -s nullglob
log_file="${logs}/scp_backup.log" ledger="${state}/transferred" pause="${transfer_pause_seconds:-30}"
work="$(mktemp --directory)"
trap 'rm --recursive --force -- "${work}"' EXIT
stem="${SENSOR_NAME}_[a-z_]+_[0-9]{4}(-[0-9]{2}){2}_([0-9]{2}-){2}[0-9]{2}\.(zip|7z|tar\.zst\.age)"
# The size of each file on the server.
declare -A there=()
problems=() reason="" is_final="" is_refusal="" sent=0 bytes=0 deleted=0

main() {
  local try
  take_lock transfer
  forget_another_server
  tell_capture
  for ((try = 1; ; try++)); do
    problems=()
    if send_all && tidy; then break; fi
    if [[ -n "${is_final}" ]] || ((try == 6)); then fail "${reason}"; fi
    log "${reason}: trying again"
    sleep "$((pause + RANDOM % (pause + 1)))"
    pause=$((pause * 2))
  done
  prune_ledger
  if ((${#problems[@]})); then fail "${problems[@]}"; fi
  log "ok: sent ${sent} archives, ${bytes} bytes; deleted ${deleted} old ones on the server"
  record transfer ok "sent ${sent} archives, ${bytes} bytes"
}

fail() {
  local said
  said="$(printf '; %s' "$@")"
  log "failed: ${said#; }; sent ${sent} archives, ${bytes} bytes"
  record transfer failed "${said#; }"
  exit 1
}

# What one server has got another has not.
forget_another_server() {
  local place="${TRANSFER_USER}@${TRANSFER_HOST}:${TRANSFER_PORT}:${TRANSFER_PATH}" known="${state}/transferred.to"
  if [[ -e "${known}" && "$(<"${known}")" == "${place}" ]]; then return; fi
  rm --force -- "${ledger}"
  printf '%s\n' "${place}" >"${known}"
}

# The capture leaves out what goes to the server. Where that has a name, its addresses are written down here.
tell_capture() {
  local filter known="${state}/transfer.filter"
  if [[ "${CAPTURE_FILTER}" == *"(host ${TRANSFER_HOST} and "* ]]; then return; fi
  filter="$(getent ahosts "${TRANSFER_HOST}" | awk '{ print $1 }' | sort --unique |
    sed "s/.*/and not (host & and tcp port ${TRANSFER_PORT})/" | paste --serial --delimiters=' ' || true)"
  if [[ -z "${filter}" || (-e "${known}" && "$(<"${known}")" == " ${filter}") ]]; then return; fi
  printf ' %s\n' "${filter}" >"${known}"
  systemctl try-restart honeypot-capture.service || true
}

# converse BYTES COMMAND...: one connection. When it fails there is a reason, and is_refusal if the server said no.
converse() {
  local size="$1" rate=65536 limit host="${TRANSFER_HOST}" code=0 limits=()
  shift
  if [[ "${host}" == *:* ]]; then host="[${host}]"; fi
  # Keepalives find a server that is gone, but one that hangs may go on answering them.
  if ((TRANSFER_LIMIT_KBIT > 0)); then limits=(-l "${TRANSFER_LIMIT_KBIT}"); fi
  if ((TRANSFER_LIMIT_KBIT > 0 && TRANSFER_LIMIT_KBIT < 1000)); then rate=$((TRANSFER_LIMIT_KBIT * 64)); fi
  limit=$((${transfer_patience_seconds:-120} + size / rate))
  printf '%s\n' "$@" |
    timeout --kill-after=10 "${limit}" sftp -b - -F none -P "${TRANSFER_PORT}" "${limits[@]}" \
      -i "${secrets}/transfer_key" -o StrictHostKeyChecking=yes -o HostKeyAlias=backup-server \
      -o UserKnownHostsFile="${root}/etc/honeypot/known_hosts" -o GlobalKnownHostsFile=none \
      -o IdentitiesOnly=yes -o IdentityAgent=none -o PreferredAuthentications=publickey -o ConnectTimeout=30 \
      -o ServerAliveInterval=10 -o ServerAliveCountMax=3 -- "${TRANSFER_USER}@${host}" \
      >"${work}/out" 2>"${work}/err" || code=$?
  is_refusal=""
  if ((code == 0)); then return; fi
  reason="$(grep --text --invert-match --extended-regexp '^(@|Connection closed|remote mkdir|[[:space:]]*$)' "${work}/err" | tail --lines=1 || true)"
  reason="${reason//[[:cntrl:]]/}"
  if ((code == 124 || code == 137)); then
    reason="${TRANSFER_HOST} did not finish within ${limit} s"
  elif grep --quiet '^Host key verification failed' "${work}/err"; then
    reason="${TRANSFER_HOST} does not have the pinned host key: nothing was sent" is_final=yes
  elif grep --quiet 'Permission denied (' "${work}/err"; then
    reason="${TRANSFER_HOST} does not let ${TRANSFER_USER} in with this key" is_final=yes
  elif ((code == 1)); then
    is_refusal=yes
    if [[ "${reason}" == *Failure ]]; then reason+=" (a full disk ends like this)"; fi
  fi
  reason="${reason:-the connection to ${TRANSFER_HOST} was lost}"
  return 1
}

# in_folder BYTES COMMAND...: in the folder of the archives.
in_folder() { converse "$1" "cd \"${TRANSFER_PATH}\"" "${@:2}"; }

send_all() {
  local name
  list || return 1
  for name in "${backups}/${SENSOR_NAME}"_*.sha256; do
    name="${name##*/}" name="${name%.sha256}"
    if [[ ! "${name}" =~ ^${stem}$ || ! -e "${backups}/${name}" ]]; then continue; fi
    if grep --quiet --no-messages --fixed-strings --line-regexp -e "${name}" -- "${ledger}"; then continue; fi
    if send "${name}"; then continue; fi
    if [[ -z "${is_refusal}" ]]; then return 1; fi
    problems+=("${name}: ${reason}")
  done
}

list() {
  local size name
  there=()
  # The last folder of the path is made here; what is above it is the server's business.
  if ! converse 0 "-mkdir \"${TRANSFER_PATH}\"" "cd \"${TRANSFER_PATH}\"" 'ls -ln'; then
    if [[ -n "${is_refusal}" ]]; then reason="${TRANSFER_PATH}: ${reason}" is_final=yes; fi
    return 1
  fi
  while read -r _ _ _ _ size _ _ _ name; do
    there["${name}"]="${size}"
  done < <(grep --text '^-' "${work}/out")
}

# send ARCHIVE: its .sha256 gets its name last, and says that all is there.
send() {
  local name="$1" size part="${there["$1.part"]:-}" sum="" commands=()
  size="$(stat --format=%s -- "${backups}/${name}")" || return 1
  if [[ -n "${there["${name}"]:-}" ]]; then
    for sum in "${name}.sha256" "${name}.sha256.part" ""; do
      if [[ -n "${sum}" && -n "${there["${sum}"]:-}" ]]; then break; fi
    done
    if [[ -n "${sum}" && "${there["${name}"]}" == "${size}" ]]; then
      in_folder 0 "get \"${sum}\" \"${work}/sum\"" || return 1
      if cmp --silent -- "${work}/sum" "${backups}/${name}.sha256"; then
        if [[ "${sum}" == *.part ]]; then in_folder 0 "rename \"${sum}\" \"${name}.sha256\"" || return 1; fi
        remember "${name}" "${size}"
        return
      fi
    fi
    is_refusal=yes reason="is there with other content; it was left alone"
    return 1
  fi
  if [[ -n "${part}" ]] && ((part > size)); then commands+=("rm \"${name}.part\"") part=""; fi
  if [[ -z "${part}" ]]; then
    commands+=("put -f \"${backups}/${name}\" \"${name}.part\"")
  elif ((part < size)); then
    commands+=("reput -f \"${backups}/${name}\" \"${name}.part\"")
  fi
  if ! in_folder "${size}" "${commands[@]}" "put -f \"${backups}/${name}.sha256\" \"${name}.sha256.part\"" 'ls -ln'; then
    # Of a write that was refused nobody knows what is there: from the start next time.
    if [[ -n "${is_refusal}" ]]; then forget_part "${name}"; fi
    return 1
  fi
  part="$(awk -v name="${name}.part" '$9 == name { print $5 }' "${work}/out")"
  if [[ "${part}" != "${size}" ]]; then
    is_refusal=yes reason="has ${part:-no} bytes on the server instead of ${size}"
    forget_part "${name}"
    return 1
  fi
  in_folder 0 "-rm \"${name}.sha256\"" "rename \"${name}.part\" \"${name}\"" \
    "rename \"${name}.sha256.part\" \"${name}.sha256\"" || return 1
  sent=$((sent + 1)) bytes=$((bytes + size))
  remember "${name}" "${size}"
}

forget_part() {
  local said="${reason}"
  in_folder 0 "-rm \"$1.part\"" "-rm \"$1.sha256.part\"" || true
  is_refusal=yes reason="${said}"
}

remember() {
  there["$1"]="$2" there["$1.sha256"]=1
  unset "there[$1.part]" "there[$1.sha256.part]"
  printf '%s\n' "$1" >>"${ledger}"
}

# Deletes what is older than TRANSFER_KEEP_DAYS, never the newest of a set, and parts of archives that are no more.
tidy() {
  local name set previous="" cutoff="" commands=()
  if ((TRANSFER_KEEP_DAYS > 0)); then cutoff="$(date --date="-${TRANSFER_KEEP_DAYS} days" +%F_%H-%M-%S)"; fi
  while read -r name; do
    set="${name%_*_*}"
    if [[ -z "${there["${name}.sha256"]:-}" ]]; then continue; fi
    if [[ "${set}" == "${previous}" && "${name#"${set}_"}" < "${cutoff}" ]]; then
      commands+=("-rm \"${name}.sha256\"" "-rm \"${name}\"")
      deleted=$((deleted + 1))
    fi
    previous="${set}"
  done < <(printf '%s\n' "${!there[@]}" | grep --extended-regexp --line-regexp -e "${stem}" | sort --reverse)
  for name in "${!there[@]}"; do
    if [[ "${name}" =~ ^(${stem})(\.sha256)?\.part$ && ! -e "${backups}/${BASH_REMATCH[1]}" ]]; then
      commands+=("-rm \"${name}\"")
    fi
  done
  if ((${#commands[@]})); then in_folder 0 "${commands[@]}" || return 1; fi
}

prune_ledger() {
  local name
  if [[ ! -e "${ledger}" ]]; then return; fi
  while read -r name; do
    if [[ -e "${backups}/${name}" ]]; then printf '%s\n' "${name}"; fi
  done <"${ledger}" >"${ledger}.new"
  sync -- "${ledger}.new"
  mv --force -- "${ledger}.new" "${ledger}"
}

main
