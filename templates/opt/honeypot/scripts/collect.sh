#!/usr/bin/env bash
# Copies each whole line of the honeypot's logs, and each finished tty and download, once, below /var/log/honeypot.
set -euo pipefail
# shellcheck source=common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
export LC_ALL=C
umask 077
shopt -s inherit_errexit nullglob
ledger="${state}/collected" scratch="${logs}/.collecting"
lines=0 files=0 problem=""

# A source is known by its kind and its first line, whatever its name is by now. Its entry in the ledger reads
# `DAY-FILE BASE open|closed|done`. While open, BASE + the size of the day file has been taken, so that a kill at
# any point leaves an account that agrees with the bytes. Closed: BASE has been taken, what follows goes into
# another day file. Done: the same, and nothing can follow, it came from a .gz.
put() {
  printf '%s\n' "${*:2}" >"${ledger}/.new"
  sync -- "${ledger}/.new"
  mv --force -- "${ledger}/.new" "$1"
  sync -- "${ledger}"
}

size_of() { stat --dereference --format=%s -- "$1"; }

# Only whole lines count: the rest of a line is on its way, or its writer died.
cut_to_lines() {
  local ends partial
  ends="$(tail --bytes=1 -- "$1" | wc --lines)"
  if ((ends == 0)); then
    partial="$(tail --lines=1 -- "$1" | wc --bytes)"
    truncate --size="-${partial}" -- "$1"
  fi
}

# content_from BYTE: of the source that descriptor 3 holds open, whatever has happened to its name.
content_from() {
  if [[ "${path}" == *.gz ]]; then
    gzip --decompress --stdout </dev/fd/3 2>/dev/null | tail --bytes="+$1"
  else
    tail --bytes="+$1" </dev/fd/3
  fi
}

# Prints nothing before the first line is complete.
fingerprint() {
  local line sum
  # shellcheck disable=SC2310 # whoever needs only the first line breaks the pipe
  if IFS= read -r line < <(content_from 1 || true); then
    sum="$(printf '%s' "${line}" | sha256sum)"
    printf '%s\n' "${sum%% *}"
  fi
}

# new_day_file KIND: dated by the name of the source, else by its last line; a name that no day file ever had.
new_day_file() {
  local day name stem ending=.json count=1 utc=()
  if [[ "$1" == cowrie ]]; then utc=(--utc); fi
  if [[ "${path##*/}" =~ [0-9]{4}-[0-9]{2}-[0-9]{2} ]]; then
    day="${BASH_REMATCH[0]}"
  else
    day="$(stat --dereference --format=%Y /dev/fd/3)"
    day="$(date "${utc[@]}" --date="@${day}" +%F)"
  fi
  stem="$1/$1_${day}"
  if [[ "$1" == firewall ]]; then stem="$1/dshield_${day}" ending=.log; fi
  name="${stem}${ending}"
  while [[ -e "${logs}/${name}" || -e "${logs}/${name}.gz" ]] ||
    grep --quiet --recursive "^${name} " -- "${ledger}"; do
    count=$((count + 1)) name="${stem}_${count}${ending}"
  done
  : >"${logs}/${name}"
  sync -- "${logs}/${name}" "${logs}/$1"
  printf '%s\n' "${name}"
}

# take KIND PATH: what is new in one source.
take() {
  local kind="$1" path="$2" before after entry day_file=- base=0 status=closed taken from size new count
  if [[ ! -f "${path}" || -L "${path}" ]]; then return 0; fi
  exec 3<"${path}" || return 0
  before="$(fingerprint)"
  if [[ -z "${before}" ]]; then return 0; fi
  entry="${ledger}/${kind}-${before}"
  if [[ -e "${entry}" ]]; then
    read -r day_file base status <"${entry}"
    touch -- "${entry}"
  fi
  taken="${base}"
  if [[ "${status}" == open ]]; then
    : >>"${logs}/${day_file}"
    cut_to_lines "${logs}/${day_file}"
    size="$(size_of "${logs}/${day_file}")"
    taken=$((base + size))
  fi
  from="${taken}"
  if [[ "${path}" == *.gz ]]; then
    if [[ "${status}" == "done" ]]; then return 0; fi
  else
    size="$(size_of /dev/fd/3)"
    if ((size == taken)); then return 0; fi
    # A live log that is shorter than what we have lost its end in a power cut. Anything else is a copy being made.
    if ((size < taken)); then
      if [[ "${path}" != *.@(json|log) ]]; then return 0; fi
      from=0
    fi
  fi
  # shellcheck disable=SC2310 # its status is all that is asked
  if ! content_from "$((from + 1))" >"${scratch}"; then
    log "cannot read ${path@Q} to its end"
    if [[ "${path}" != *.gz ]]; then problem="cannot read ${path@Q}"; fi
    return 0
  fi
  cut_to_lines "${scratch}"
  # Truncated while it was read: the next run finds both halves under their names.
  after="$(fingerprint)"
  if [[ "${after}" != "${before}" ]]; then return 0; fi
  new="$(size_of "${scratch}")"
  if ((from < taken)); then
    put "${entry}" "${day_file}" "$((base - taken + new))" "${status}"
    return 0
  fi
  if ((new > 0)); then
    if [[ "${status}" != open ]]; then
      day_file="$(new_day_file "${kind}")"
      put "${entry}" "${day_file}" "${taken}" open
    fi
    cat -- "${scratch}" >>"${logs}/${day_file}"
    count="$(wc --lines <"${scratch}")"
    lines=$((lines + count))
  fi
  if [[ "${path}" == *.gz ]]; then
    if ((new > 0)); then sync -- "${logs}/${day_file}"; fi
    put "${entry}" "${day_file}" "$((taken + new))" "done"
  fi
}

# finish_days TODAY TODAY-UTC: closes the day files of earlier days, and compresses all that are not open.
finish_days() {
  local entry day_file base status day today size open=" " file
  for entry in "${ledger}"/*-*; do
    read -r day_file base status <"${entry}"
    if [[ "${status}" != open ]]; then continue; fi
    day="${day_file#*_}" day="${day:0:10}" today="$1"
    if [[ "${day_file}" == cowrie/* ]]; then today="$2"; fi
    if [[ "${day}" < "${today}" ]]; then
      : >>"${logs}/${day_file}"
      cut_to_lines "${logs}/${day_file}"
      sync -- "${logs}/${day_file}"
      size="$(size_of "${logs}/${day_file}")"
      put "${entry}" "${day_file}" "$((base + size))" closed
    else
      open+="${day_file} "
    fi
  done
  for file in "${logs}"/{cowrie,webhoneypot,firewall}/*_????-??-??*.{json,log}; do
    if [[ "${open}" == *" ${file#"${logs}/"} "* ]]; then continue; fi
    if [[ -s "${file}" && ! -e "${file}.gz" ]]; then
      gzip --no-name --stdout -- "${file}" >"${scratch}"
      sync -- "${scratch}"
      mv -- "${scratch}" "${file}.gz"
      sync -- "${file%/*}"
    fi
    rm -- "${file}"
  done
  # Long after the source is gone, not as soon: a rotation may have hidden it from one run.
  find "${ledger}" -name '*-*' -mtime +7 -delete
}

# take_objects tty|downloads: cowrie gives a file its hash as name when it is complete. `*.log` is how a tty is
# called before. What we took stays in the list for as long as cowrie has it: retention deletes our copy earlier.
take_objects() {
  local from="${root}/srv/cowrie/var/lib/cowrie/$1" to="${logs}/cowrie/$1" seen="${ledger}/$1.seen" name
  if [[ ! -d "${from}" ]]; then return 0; fi
  mkdir --parents -- "${to}"
  touch -- "${seen}"
  find "${from}" -maxdepth 1 -type f -regextype posix-extended \( -regex '.*/[0-9a-f]{64}' -o \
    -regex '.*/[A-Za-z0-9][A-Za-z0-9._-]*\.log' -mmin +60 \) -printf '%f\n' | sort >"${ledger}/.there"
  comm -12 -- "${ledger}/.there" "${seen}" >"${ledger}/.seen"
  while IFS= read -r name; do
    if [[ ! -e "${to}/${name}" ]]; then
      if ! dd if="${from}/${name}" of="${scratch}" iflag=nofollow bs=1M conv=fsync status=none; then
        problem="cannot copy $1/${name}"
        log "${problem}"
        continue
      fi
      mv --no-target-directory -- "${scratch}" "${to}/${name}"
      files=$((files + 1))
    fi
    printf '%s\n' "${name}" >>"${ledger}/.seen"
  done < <(comm -23 -- "${ledger}/.there" "${seen}" || true)
  sort --output="${ledger}/.seen" -- "${ledger}/.seen"
  mv --force -- "${ledger}/.seen" "${seen}"
}

end() {
  local code=$?
  rm --force -- "${scratch}"
  if ((code == 0)); then
    record collect ok "${lines} lines and ${files} files are new"
  else
    record collect failed "${problem:-stopped with exit code ${code}}"
  fi
}

main() {
  local path today today_utc
  take_lock collect
  trap end EXIT
  mkdir --parents -- "${ledger}" "${logs}"/{cowrie,webhoneypot,firewall}
  # Asked before the sources are read: only a day that is over by now can have been read to its end.
  today="$(date +%F)"
  today_utc="$(date --utc +%F)"
  for path in "${root}"/srv/cowrie/var/log/cowrie/cowrie.json{.????-??-??,}{.gz,}; do take cowrie "${path}"; done
  for path in "${root}"/srv/log/webhoneypot_????-??-??.json{.gz,} "${root}"/srv/db/webhoneypot{-????-??-??,}.json{.gz,}; do
    take webhoneypot "${path}"
  done
  for path in "${root}"/var/log/dshield.log{.*,}; do take firewall "${path}"; done
  take_objects tty
  take_objects downloads
  finish_days "${today}" "${today_utc}"
  if [[ -n "${problem}" ]]; then exit 1; fi
}

main
