#!/usr/bin/env bash
# Makes the archive of one backup set: packed, tested, on the disk, named, summed. Started by backup.sh alone.
set -euo pipefail
# shellcheck source=common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
export LC_ALL=C
umask 077
shopt -s inherit_errexit
set_name="$1" log_file="${logs}/backup.log" work="${backups}/.work" ledger="${state}/archived/$1"

fail() {
  log "${set_name}: $1"
  exit 1
}

check_space() {
  local needed free copies=1
  if [[ "${BACKUP_FORMAT}" == tar.zst ]]; then copies=2; fi
  # A member costs its header, too, and what is packed already does not get smaller.
  needed="$(awk -v copies="${copies}" '{ sum += $2 + 1024 } END { printf "%.0f", copies * sum }' "${work}/new")"
  free="$(df --output=avail --block-size=1 -- "${backups}" | tail --lines=1)"
  if ((needed > free)); then fail "not enough space for the archive: it may need ${needed} bytes, ${free// /} are free"; fi
}

# run_7zz COMMAND WORDS: the password comes on standard input. Exit code 1 is a warning: a file changed or went away.
run_7zz() {
  local program code=0
  program="$(type -P 7zz || type -P 7z || true)"
  LC_ALL=C.UTF-8 "${program:-7zz}" "$@" >"${work}/output" 2>&1 || code=$?
  if ((code > 1)) || [[ "$1" == t && "${code}" -gt 0 ]]; then
    fail "7zz $1 ended with ${code}: $(grep --invert-match '^$' "${work}/output" | tail --lines=4 | tr '\n' ' ' || true)"
  fi
}

# pack_7zz TYPE-OPTIONS: prints the number of members.
pack_7zz() {
  local password path members awkward=()
  IFS= read -r password <"${secrets}/backup_password" || true
  if [[ -z "${password}" ]]; then fail "there is no password in ${secrets}/backup_password"; fi
  # A list file is UTF-8 and loses a blank at the end of a line: such names go as arguments.
  while IFS= read -r path; do
    if [[ "${path}" == *[^[:print:]]* || "${path}" == *' ' ]]; then awkward+=("${path}"); else printf '%s\n' "${path}"; fi
  done <"${work}/paths" >"${work}/names"
  printf '%s\n' "${password}" "${password}" |
    run_7zz a "$@" -p -spd -snl -bd -y -scsUTF-8 -i@"${work}/names" "${work}/archive.new" -- "${awkward[@]}"
  printf '%s\n' "${password}" | run_7zz t -bd -- "${work}/archive.new"
  if ! grep --quiet 'Enter password' "${work}/output"; then fail "the archive is not encrypted"; fi
  members="$(sed --quiet 's/^Files: //p' "${work}/output")"
  printf '%s\n' "${members:-1}"
}

pack_tar() {
  local packed="${work}/packed"
  tr '\n' '\0' <"${work}/paths" >"${work}/names"
  # 1: a file changed while it was read.
  { tar --create --null --verbatim-files-from --no-recursion --ignore-failed-read --files-from="${work}/names" ||
    (($? == 1)); } 2>"${work}/output" | zstd --quiet -T1 -o "${packed}" ||
    fail "tar or zstd failed: $(tail --lines=2 "${work}/output" | tr '\n' ' ' || true)"
  zstd --decompress --stdout --quiet -- "${packed}" | tar --list | wc --lines
  age --encrypt --recipients-file "${root}/etc/honeypot/backup_recipients" --output "${work}/archive.new" "${packed}"
  rm -- "${packed}"
}

pack() {
  case "${BACKUP_FORMAT}" in
  zip) pack_7zz -tzip -mem=ZipCrypto ;;
  # One thread and small dictionaries: the default takes more memory than a small sensor has.
  7z) pack_7zz -t7z -mhe=on -mx=3 -mmt=1 ;;
  tar.zst) pack_tar ;;
  *) fail "unknown BACKUP_FORMAT ${BACKUP_FORMAT@Q}" ;;
  esac
}

# The ledger of the set waits as `SET:ARCHIVE`: it counts if, and only if, the archive does (backup.sh, recover).
publish() {
  local name="$1"
  chmod 0600 -- "${work}/archive.new"
  cp -- "${work}/list" "${ledger}:${name}"
  sync -- "${work}/archive.new" "${ledger}:${name}" "${ledger%/*}"
  mv --no-target-directory -- "${work}/archive.new" "${backups}/${name}"
  (cd -- "${backups}" && sha256sum -- "${name}") >"${work}/sum"
  sync -- "${work}/sum" "${backups}"
  mv --no-target-directory -- "${work}/sum" "${backups}/${name}.sha256"
  sync -- "${backups}"
  mv --force -- "${ledger}:${name}" "${ledger}"
}

main() {
  local name time members wanted bytes ending="${BACKUP_FORMAT/%tar.zst/tar.zst.age}"
  "${root}/opt/honeypot/scripts/backup-files.sh" "${set_name}" >"${work}/list"
  touch -- "${ledger}"
  case "${set_name}" in
  home | srv | crontabs) if cmp --quiet -- "${work}/list" "${ledger}"; then : >"${work}/new"; else cp -- "${work}/list" "${work}/new"; fi ;;
  *) comm -23 -- "${work}/list" "${ledger}" >"${work}/new" ;;
  esac
  if [[ ! -s "${work}/new" ]]; then
    log "${set_name}: nothing new"
    cp -- "${work}/list" "${work}/ledger"
    mv --force -- "${work}/ledger" "${ledger}"
    return
  fi
  check_space
  cut --delimiter=' ' --fields=3- "${work}/new" >"${work}/paths"
  wanted="$(wc --lines <"${work}/paths")"
  cd -- "${root}/"
  members="$(pack)"
  if ((members < wanted)); then log "${set_name}: warning: $((wanted - members)) files went away while they were read"; fi
  while [[ -z "${name:-}" || -e "${backups}/${name}" ]]; do
    time="$(date --utc +%F_%H-%M-%S)"
    name="${SENSOR_NAME}_${set_name}_${time}.${ending}"
  done
  bytes="$(stat --format=%s -- "${work}/archive.new")"
  publish "${name}"
  printf '%s\n' "${name}" >>"${work}/made"
  log "${set_name}: ${name}, ${members} files, ${bytes} bytes"
}

main
