#!/usr/bin/env bash
# Makes the archive of one backup set: packed, tested, on the disk, named. Started by backup.sh alone.
# shellcheck disable=SC2310,SC2312 # what is not there has no lines
set -euo pipefail
# shellcheck source=common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
export LC_ALL=C
umask 077
shopt -s inherit_errexit nullglob
log_file="${logs}/backup.log" work="${backups}/.work" ledger="${state}/archived/$1" newline=$'\n'

fail() {
  log "$1"
  exit 1
}

# snapshot PATH...: what is small, can change, and is no secret. What can be made again stays out (virtual
# environments, caches), and what the other sets hold.
snapshot() {
  local path
  if (($# == 0)); then return; fi
  # The API key of DShield is in cowrie.cfg, too.
  {
    printf '%s\n' '-----BEGIN .*PRIVATE KEY-----' AGE-SECRET-KEY-1
    grep --no-messages --no-filename --only-matching --perl-regexp '^ *apikey *= *["'\'']?\K[[:alnum:]=+/]{8,}' \
      {srv/dshield/,}etc/dshield.ini || true
  } >"${work}/secrets"
  find "$@" -ignore_readdir_race \
    \( -path "*${newline}*" -fprintf "${work}/left" 'line break in its name: %p\0' \
    -o -type d \( -name .git -o -name .cache -o -name __pycache__ -o -name node_modules -o -name cowrie-env \
    -o -path srv/dshield/etc -o -path 'srv/cowrie.*' -o -path srv/cowrie/var/log \
    -o -path srv/cowrie/var/lib/cowrie/tty -o -path srv/cowrie/var/lib/cowrie/downloads \
    -o -exec test -e '{}/pyvenv.cfg' \; \) \) -prune -o \
    -type f ! \( -name 'dshield.ini*' -o -name 'id_*' ! -name '*.pub' -o -name '*.pem' -o -name '*.key' \
    -o -name 'ssh_host_*_key' -o -path 'srv/log/install_*.log' -o -path 'srv/log/webhoneypot_*' \
    -o -path 'srv/db/webhoneypot*' -o -name "${SENSOR_NAME}_*????-??-??_??-??-??*" \) \
    \( -size +104857600c -fprintf "${work}/left" 'larger than 100 MiB: %p\0' -o -print \) | sort >"${work}/found"
  xargs --delimiter='\n' --no-run-if-empty grep --files-without-match --no-messages --file="${work}/secrets" -- \
    <"${work}/found" >"${work}/clean" || true
  comm -23 -- "${work}/found" "${work}/clean" | sed 's/.*/holds a key: &/' | tr '\n' '\0' >>"${work}/left"
  while IFS= read -r -d '' path; do log "left out: ${path@Q}"; done <"${work}/left"
  cat -- "${work}/clean"
}

# A capture that is read-only is closed and has got its last name (retention.sh). The days of the firewall log are
# the collected ones, not /var/log/dshield.log.N.gz: there the same lines have another name each day. Reports
# are there where a tool has made some.
files() {
  local collected=var/log/honeypot closed=(-type f ! -name '.*' \( -name '*.gz' -o -path '*/honeypot/*/*/*' \))
  case "$1" in
  home | srv) snapshot "$1"/* ;;
  crontabs) snapshot var/spool/cron/crontabs/* etc/cron.d/* etc/network/iptables.local* ;;
  dumps) find var/lib/honeypot/dumps -type f -name '*.pcap*' ! -perm /222 ;;
  dshield_logs) find "${collected}"/firewall "${closed[@]}" ;;
  logs)
    find "${collected}"/{cowrie,[rw]*}/ "${closed[@]}"
    if [[ " ${BACKUP_SETS} " != *" dshield_logs "* ]]; then files dshield_logs; fi
    ;;
  *) fail "there is no backup set ${1@Q}" ;;
  esac
}

check_space() {
  local needed free
  # A member costs its header, too, and what is packed already does not get smaller.
  needed="$(awk '{ sum += $2 + 1024 } END { printf "%.0f", sum }' "${work}/new")"
  free="$(df --output=avail --block-size=1 -- "${backups}" | tail --lines=1)"
  if ((needed > free)); then fail "not enough space: ${needed} bytes needed, ${free// /} free"; fi
}

# pack_7zz TYPE-OPTIONS: the password comes on standard input.
pack_7zz() {
  local password awkward program
  # Debian 12's package 7zip brings 7zz, Debian 13's brings 7z.
  program="$(type -P 7zz || type -P 7z || printf 7zz)"
  password="$(<"${secrets}/backup_password")"
  if [[ -z "${password}" ]]; then fail "there is no password in ${secrets}/backup_password"; fi
  # A list file is UTF-8 and loses a blank at the end of a line: such names go as arguments.
  mapfile -t awkward < <(grep --text '[^ -~]\| $' "${work}/paths")
  grep --text --invert-match '[^ -~]\| $' "${work}/paths" >"${work}/names" || true
  printf '%s\n' "${password}" "${password}" | {
    LC_ALL=C.UTF-8 "${program}" a "$@" -p -spd -snl -bd -bso0 -y -scsUTF-8 -i@"${work}/names" "${work}/archive.new" -- "${awkward[@]}" || (($? == 1))
  }
  printf '%s\n' "${password}" | "${program}" t -bd -bso0 -- "${work}/archive.new"
}

# Tested on its way into age, whose output nobody can read here.
pack_tar() {
  mkfifo -- "${work}/copy"
  zstd --decompress --stdout <"${work}/copy" | tar --list >"${work}/names" &
  {
    tar --create --verbatim-files-from --no-unquote --no-recursion --ignore-failed-read --files-from="${work}/paths" || (($? == 1))
  } | zstd --quiet -T1 | tee -- "${work}/copy" |
    age --encrypt --recipients-file "${root}/etc/honeypot/backup_recipients" --output "${work}/archive.new"
  wait "$!"
}

# Exit code 1 of 7zz and tar is a warning, in their own words: a file changed or went away while it was read.
pack() {
  case "${BACKUP_FORMAT}" in
  zip) pack_7zz -tzip -mem=ZipCrypto ;;
  # One thread and small dictionaries: the default takes more memory than a small sensor has.
  7z) pack_7zz -t7z -mhe=on -mx=3 -mmt=1 ;;
  *) pack_tar ;;
  esac
}

cd -- "${root}/"
files "$1" | { xargs --delimiter='\n' --no-run-if-empty stat --format='%.9Y %s %n' -- || true; } | sort >"${work}/list"
touch -- "${ledger}"
comm -23 -- "${work}/list" "${ledger}" >"${work}/new"
if [[ ! -s "${work}/new" ]]; then
  put "${ledger}" cat -- "${work}/list"
  exit
fi
if [[ "$1" == @(home|srv|crontabs) ]]; then cp -- "${work}/list" "${work}/new"; fi
check_space
cut --delimiter=' ' --fields=3- "${work}/new" >"${work}/paths"
pack
until name="${SENSOR_NAME}_$1_$(date --utc +%F_%H-%M-%S).${BACKUP_FORMAT/%zst/zst.age}" && [[ ! -e "${backups}/${name}" ]]; do
  sleep 1
done
put "${work}/${name}" cat -- "${work}/list"
chmod 0600 -- "${work}/archive.new"
sync -- "${work}/archive.new"
mv --no-target-directory -- "${work}/archive.new" "${backups}/${name}"
