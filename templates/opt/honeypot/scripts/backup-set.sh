#!/usr/bin/env bash
# Makes the archive of one backup set: packs it, tests it, syncs it to the disk and renames it. Only backup.sh starts it.
# shellcheck disable=SC2310,SC2312 # commands are used for their status or output
set -euo pipefail
# shellcheck source=common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
export LC_ALL=C
umask 077
shopt -s inherit_errexit
log_file="${logs}/backup.log" work="${backups}/.work" ledger="${state}/archived/$1"

fail() {
  log "$1"
  exit 1
}

# members list|stage SET [BYTES]: see members.py. Visitors can make it as slow as its limits allow.
members() {
  local code=0 limit="${members_seconds:-1800}"
  timeout --kill-after=10 "${limit}" python3 -I "${root}/usr/local/lib/honeypot/members.py" "$@" || code=$?
  if ((code == 124 || code == 137)); then fail "its files could not be read within ${limit} s"; fi
  if ((code)); then exit "${code}"; fi
}

keep_ledger() {
  if ! cmp --silent -- "${work}/list" "${ledger}"; then put "${ledger}" cat -- "${work}/list"; fi
}

# pack_7zz TYPE-OPTIONS: reads the password from standard input. C.UTF-8 preserves the bytes of all names.
pack_7zz() {
  local password program
  # Debian 12's package 7zip contains 7zz, Debian 13's contains 7z.
  program="$(type -P 7zz || type -P 7z || printf 7zz)"
  password="$(<"${secrets}/backup_password")"
  if [[ -z "${password}" ]]; then fail "there is no password in ${secrets}/backup_password"; fi
  printf '%s\n' "${password}" "${password}" | LC_ALL=C.UTF-8 "${program}" a "$@" -p -spd -bd -bso0 -y \
    -scsUTF-16LE -i@"${work}/paths" -- "${work}/archive.new" || (($? == 1))
  packed="$(printf '%s\n' "${password}" | "${program}" t -bd -- "${work}/archive.new" | sed --quiet 's/^Files: //p')"
}

# Tested before encryption, because the sensor cannot decrypt the output of age.
pack_tar() {
  mkfifo -- "${work}/copy"
  zstd --decompress --stdout <"${work}/copy" | tar --list >"${work}/names" &
  {
    tar --create --dereference --hard-dereference --null --no-unquote --no-recursion --files-from="${work}/paths" || (($? == 1))
  } | zstd --quiet -T1 | tee -- "${work}/copy" |
    age --encrypt --recipients-file "${root}/etc/honeypot/backup_recipients" --output "${work}/archive.new"
  wait "$!"
  packed="$(wc --lines <"${work}/names")"
}

# Exit code 1 of 7zz and tar is a warning: a file changed while it was read.
pack() {
  case "${BACKUP_FORMAT}" in
  zip) pack_7zz -tzip -mem=ZipCrypto ;;
  # One thread and small dictionaries, because the default needs more memory than a small sensor has.
  7z) pack_7zz -t7z -mhe=on -mx=3 -mmt=1 ;;
  *) pack_tar ;;
  esac
}

members list "$1"
touch -- "${ledger}"
if [[ ! -e "${work}/needed" ]]; then
  keep_ledger
  exit
fi
needed="$(<"${work}/needed")" free="$(df --output=avail --block-size=1 -- "${backups}" | tail --lines=1)"
if ((needed > free)); then fail "not enough space: ${needed} bytes needed, ${free// /} free"; fi
members stage "$1" "$((free - needed))"
count="$(<"${work}/count")"
if ((count == 0)); then
  keep_ledger
  exit
fi
cd -- "${work}/tree"
pack
# 7zz prints no count for a single file.
if ((${packed:-1} != count)); then printf 'bad: the archive of the set %s contains %s of %s files\n' "$1" "${packed:-1}" "${count}" >>"${work}/left"; fi
cd -- "${backups}"
rm --recursive -- "${work}/tree"
until name="${SENSOR_NAME}_$1_$(date --utc +%F_%H-%M-%S).${BACKUP_FORMAT/%zst/zst.age}" && [[ ! -e "${backups}/${name}" ]]; do
  sleep 1
done
put "${work}/${name}" cat -- "${work}/list"
chmod 0600 -- "${work}/archive.new"
sync -- "${work}/archive.new"
mv --no-target-directory -- "${work}/archive.new" "${backups}/${name}"
