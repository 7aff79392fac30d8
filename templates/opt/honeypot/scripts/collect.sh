#!/usr/bin/env bash
# Copies each whole line of the honeypot's logs, and each finished tty and download, once, below /var/log/honeypot.
# shellcheck disable=SC2310,SC2312 # whoever needs only the first line breaks the pipe; the rest asks for the status
set -euo pipefail
# shellcheck source=common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
export LC_ALL=C
umask 077
shopt -s inherit_errexit nullglob
ledger="${state}/collected" scratch="${logs}/.collecting"

# content_from BYTE: of the source that descriptor 3 holds open, whatever has happened to its name.
content_from() {
  if [[ "${path}" == *.gz ]]; then
    gzip --decompress --stdout </dev/fd/3 | tail --bytes="+$1"
  else
    tail --bytes="+$1" </dev/fd/3
  fi
}

# Prints nothing before the first line is complete.
fingerprint() {
  local line
  if IFS= read -r line < <(content_from 1); then sha256sum <<<"${line}"; fi
}

size_of() { stat --dereference --format=%s -- "$1"; }

# Dated by the name of the source, else by its last line; a name that no day file ever had.
new_day_file() {
  local day count=1
  day="$(date --utc --reference=/dev/fd/3 +%F)"
  if [[ "${path##*/}" =~ [0-9]{4}-[0-9]{2}-[0-9]{2} ]]; then day="${BASH_REMATCH[0]}"; fi
  day_file="${stem}_${day}${ending}"
  while [[ -e "${logs}/${day_file}" || -e "${logs}/${day_file}.gz" ]] ||
    grep --quiet --recursive "^${day_file} " -- "${ledger}"; do
    count=$((count + 1)) day_file="${stem}_${day}_${count}${ending}"
  done
}

# A source is known by its first line, whatever its name is by now. Its entry in the ledger reads `DAY-FILE SIZE
# TAKEN`: TAKEN bytes of it are in day files, and SIZE is that of the last one. What the day file has beyond was
# written by a run that was killed, and is taken again. TAKEN is `done` after a .gz, which cannot grow.
account() { put "${entry}" printf '%s %s %s\n' "${day_file}" "$1" "$2"; }

# take STEM ENDING PATH...: what is new in each source.
take() {
  local stem="$1" ending="$2" path before entry day_file size taken from now new
  for path in "${@:3}"; do
    if [[ ! -f "${path}" || -L "${path}" ]] || ! exec 3<"${path}"; then continue; fi
    before="$(fingerprint)"
    if [[ -z "${before}" ]]; then continue; fi
    entry="${ledger}/${stem#*/}-${before%% *}"
    touch -- "${entry}"
    read -r day_file size taken <"${entry}" || day_file=- size=0 taken=0
    if [[ "${taken}" == "done" ]]; then continue; fi
    from="${taken}"
    if [[ "${path}" != *.gz ]]; then
      now="$(size_of /dev/fd/3)"
      # A live log that is shorter than what we have lost its end in a power cut. Anything else is a copy being made.
      if ((now < taken)) && [[ "${path}" == *.@(json|log) ]]; then from=0; elif ((now <= taken)); then continue; fi
    fi
    if ! content_from "$((from + 1))" >"${scratch}"; then
      # Is it still being compressed?
      if [[ "${path}" == *.gz ]]; then continue; fi
      exit 1
    fi
    # Only whole lines count: the rest of a line is on its way, or its writer died.
    if [[ -n "$(tail --bytes=1 -- "${scratch}")" ]]; then
      truncate --size="-$(tail --lines=1 -- "${scratch}" | wc --bytes)" -- "${scratch}"
    fi
    # Truncated while it was read: the next run finds both halves under their names.
    if [[ "$(fingerprint)" != "${before}" ]]; then continue; fi
    new="$(size_of "${scratch}")"
    if ((from == taken && new > 0)); then
      if [[ ! -e "${logs}/${day_file}" || -e "${logs}/${day_file}.gz" ]]; then
        new_day_file
        size=0
        account 0 "${taken}"
      fi
      truncate --size="<${size}" -- "${logs}/${day_file}"
      cat -- "${scratch}" >>"${logs}/${day_file}"
      sync -- "${logs}/${day_file}" "${logs}/${stem%/*}"
      size=$((size + new))
    fi
    taken=$((from + new))
    if [[ "${path}" == *.gz ]]; then taken="done"; fi
    account "${size}" "${taken}"
  done
}

# Compresses what is done, and the days that were over, here and in UTC, before their sources were read.
finish_days() {
  local entry day_file size taken day
  for entry in "${ledger}"/*-*; do
    if ! read -r day_file size taken <"${entry}"; then continue; fi
    day="${day_file#*_}" day="${day:0:10}"
    if [[ (${taken} == "done" || (${day} < ${today} && ${day} < ${today_utc})) && ${size} != 0 &&
      -e "${logs}/${day_file}" && ! -e "${logs}/${day_file}.gz" ]]; then
      truncate --size="<${size}" -- "${logs}/${day_file}"
      put "${logs}/${day_file}.gz" gzip --no-name --stdout -- "${logs}/${day_file}"
    fi
  done
  day=("${logs}"/*/*_*.gz)
  rm --force -- "${day[@]%.gz}"
  # Long after the source is gone, not as soon: a rotation may have hidden it from one run.
  find "${ledger}" -name '*-*' -mtime +7 -delete
}

# take_objects tty|downloads: cowrie gives a file its hash as name when it is complete. `*.log` is how a tty is
# called before. What we took stays in the list for as long as cowrie has it: retention deletes our copy earlier.
take_objects() {
  local from="${root}/srv/cowrie/var/lib/cowrie/$1" to="${logs}/cowrie/$1" seen="${ledger}/$1.seen" name
  if [[ ! -d "${from}" ]]; then return; fi
  mkdir --parents -- "${to}"
  touch -- "${seen}"
  find "${from}" -maxdepth 1 -type f -regextype posix-extended \( -regex '.*/[0-9a-f]{64}' -o \
    -regex '.*/[0-9A-Za-z-]+\.log' -mmin +60 \) -printf '%f\n' | sort >"${scratch}"
  while IFS= read -r name; do
    if [[ ! -e "${to}/${name}" ]]; then put "${to}/${name}" dd if="${from}/${name}" iflag=nofollow bs=1M status=none; fi
  done < <(comm -23 -- "${scratch}" "${seen}")
  put "${seen}" cat -- "${scratch}"
}

take_lock collect
trap 'record_end collect' EXIT
mkdir --parents -- "${ledger}" "${logs}"/{cowrie,webhoneypot,firewall}
today="$(date +%F)" today_utc="$(date --utc +%F)"
take cowrie/cowrie .json "${root}"/srv/cowrie/var/log/cowrie/cowrie.json{.????-??-??,}{.gz,}
take webhoneypot/webhoneypot .json "${root}"/srv/log/webhoneypot_????-??-??.json{.gz,} \
  "${root}"/srv/db/webhoneypot{-????-??-??,}.json{.gz,}
take firewall/dshield .log "${root}"/var/log/dshield.log{.*,}
finish_days
take_objects tty
take_objects downloads
rm --force -- "${scratch}"
