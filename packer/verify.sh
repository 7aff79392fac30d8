#!/usr/bin/env bash
# Searches an image for data that no image may contain; each finding is a line with its path, and makes the exit code 1.
# verify.sh [--build-user NAME]... [--values FILE] [--keep FOLDER] IMAGE, or --root FOLDER: a qcow2 or raw image, read
# without mounting it. --keep keeps the examined files in FOLDER, for making an SBOM.
# FILE has secret values, one per line, that must not be in the image; they are never printed. Exit code 2: not checked.
# shellcheck disable=SC2312 # no match of find and sed is not a finding
set -euo pipefail
shopt -s nullglob dotglob
export LC_ALL=C
root="" image="" values="" work="" keep="" bytes="" findings=0 users=()
# The examined files; the bytes of all files are searched too.
folders=(/boot /etc /home /opt /root /srv /tmp /usr/lib/os-release /usr/local /var)

main() {
  local name
  read_words "$@"
  work="$(mktemp --directory)"
  trap 'rm --recursive --force -- "${work}"' EXIT
  if [[ -n "${values}" ]]; then read_values; fi
  if [[ -n "${image}" ]]; then open_image; fi
  # The files of an image are untrusted: a symlink could lead to this machine's files, and a FIFO could block forever.
  for name in etc etc/passwd; do
    if [[ -L "${root}/${name}" || ! -e "${root}/${name}" ]]; then fail "${image:-${root}} has no /${name}: is it a root file system?"; fi
  done
  [[ -f "${root}/etc/passwd" ]] || fail "${image:-${root}}: /etc/passwd is not a file"
  look
  if [[ -n "${values}" ]]; then look_for_values; fi
  if ((findings > 0)); then
    printf '%s: %d findings\n' "${image:-${root}}" "${findings}" >&2
    exit 1
  fi
  printf '%s: contains no data of a single machine\n' "${image:-${root}}"
}

read_words() {
  while (($# > 0)); do
    case "$1" in
      --root | --build-user | --values | --keep)
        (($# > 1)) || fail "$1 needs a value"
        case "$1" in
          --root) root="$2" ;;
          --values) values="$2" ;;
          --keep) keep="$2" ;;
          *) users+=("$2") ;;
        esac
        shift 2
        ;;
      -*) fail "unknown option $1" ;;
      *)
        [[ -z "${image}" ]] || fail "only one image at a time"
        image="$1"
        shift
        ;;
    esac
  done
  if [[ -n "${root}" && -n "${image}" || -z "${root}${image}" ]]; then fail "verify.sh IMAGE, or verify.sh --root FOLDER"; fi
}

fail() {
  printf 'verify.sh: %s\n' "$1" >&2
  exit 2
}

# A name in an image may contain a newline or terminal escape sequences.
finding() {
  findings=$((findings + 1))
  printf '%s: %s\n' "$1" "${2//[[:cntrl:]]/?}"
}

# Short values occur in every image, and an empty line matches everything.
read_values() {
  [[ -r "${values}" ]] || fail "cannot read ${values}"
  (umask 077 && sed 's/\r$//' -- "${values}" | awk 'length >= 8' >"${work}/values")
  if grep --quiet --extended-regexp '^.{1,7}$' -- "${values}"; then
    printf 'verify.sh: lines of %s with less than 8 characters are ignored\n' "${values}" >&2
  fi
  [[ -s "${work}/values" ]] || fail "${values} has no line of 8 characters or more"
}

# Reads the raw bytes, and from each file system the examined files, placed where the image would mount it: ext with
# debugfs, FAT with mtools, without root and without mounting.
open_image() {
  local raw="${work}/disk.raw" format offset number id kind code place top="" others=()
  [[ -r "${image}" ]] || fail "cannot read ${image}"
  format="$(qemu-img info --output=json -- "${image}" | sed --quiet 's/^    "format": "\(.*\)",*$/\1/p')"
  case "${format}" in
    raw) raw="$(realpath -- "${image}")" ;;
    qcow2) qemu-img convert -O raw -- "${image}" "${raw}" || fail "cannot unpack ${image}" ;;
    *) fail "${image} is ${format:-unknown}: neither qcow2 nor raw" ;;
  esac
  bytes="${raw}" root="${keep:-${work}/root}"
  if [[ -e "${root}" ]]; then fail "${root} already exists"; fi
  mkdir --parents -- "${root}"
  while read -r offset number id; do
    code=0
    kind="$(blkid --probe --offset "${offset}" --match-tag TYPE --output value -- "${raw}" 2>/dev/null)" || code=$?
    # 2: no file system.
    if ((code != 0 && code != 2)); then fail "cannot tell what file system partition ${number} of ${image} is; mount it, and use --root"; fi
    case "${kind}" in
      # Without a file system the partition is for firmware, or unused.
      "" | swap) ;;
      ext[234])
        if [[ -z "${top}" ]] && debugfs -R 'stat /etc' "${raw}?offset=${offset}" 2>/dev/null | grep --quiet '^Inode:'; then
          top="${offset}"
        else
          others+=("${kind} ${offset} ${number} ${id}")
        fi
        ;;
      vfat) others+=("${kind} ${offset} ${number} ${id}") ;;
      *) fail "${image} has a file system that is ${kind}; mount it, and use --root" ;;
    esac
  done < <(partitions)
  [[ -n "${top}" ]] || fail "${image} has no ext4 file system with /etc; mount it, and use --root"
  read_ext "${top}" ""
  for id in "${others[@]}"; do
    read -r kind offset number id <<<"${id}"
    place="$(place_of "${offset}" "${number}" "${id}")"
    # An fstab does not necessarily name the firmware's partition.
    if [[ -z "${place}" && "${kind}" == vfat ]]; then place=/boot/efi; fi
    case "${kind}:${place}" in
      *:) fail "the fstab of ${image} does not say where its partition ${number} is mounted; mount it, and use --root" ;;
      # It becomes a path on this machine: it must stay inside the image's root.
      *:[!/]* | *:*[!A-Za-z0-9/._-]* | *:*/../* | *:*/..) fail "the fstab of ${image} has ${place@Q} for partition ${number}; mount it, and use --root" ;;
      vfat:*) read_fat "${offset}" "${place}" ;;
      *) read_ext "${offset}" "${place}" ;;
    esac
  done
}

# Prints where file systems may begin, with the partition's number and PARTUUID: each partition, or the whole disk.
partitions() {
  printf '0 0 -\n'
  { sfdisk --dump -- "${bytes}" 2>/dev/null || true; } | awk '
    $1 == "sector-size:" { sector = $2 }
    $1 == "label-id:" { label = tolower(substr($2, 3)) }
    !match($0, /start= *[0-9]+/) { next }
    {
      start = substr($0, RSTART + 6, RLENGTH - 6)
      number = $0; sub(/ *: start=.*/, "", number); sub(/.*[^0-9]/, "", number)
      id = sprintf("%s-%02d", label, number)
      if (match($0, /uuid=[0-9A-Fa-f-]+/)) id = tolower(substr($0, RSTART + 5, RLENGTH - 5))
      printf "%d %s %s\n", start * (sector ? sector : 512), number, id
    }'
}

# tag NAME OFFSET: prints a tag of a file system.
tag() { blkid --probe --offset "$2" --match-tag "$1" --output value -- "${bytes}" 2>/dev/null || true; }

# place_of OFFSET NUMBER PARTUUID: prints its mount point in the fstab.
place_of() {
  local label uuid
  if [[ ! -f "${root}/etc/fstab" || -L "${root}/etc/fstab" ]]; then return; fi
  label="$(tag LABEL "$1")"
  uuid="$(tag UUID "$1")"
  tr --delete '"' <"${root}/etc/fstab" | awk -v "label=LABEL=${label:--}" -v "uuid=UUID=${uuid:--}" -v "part=PARTUUID=$3" -v "number=$2" '
    $1 == label || tolower($1) == tolower(uuid) || tolower($1) == tolower(part) || $1 ~ "^/dev/([a-z]+|[a-z0-9]+p)" number "$" {
      sub(/\/$/, "", $2); print $2; exit
    }'
}

# read_ext OFFSET PLACE: reads only the examined files of a large one.
read_ext() {
  local folder from said
  if debugfs -R features "${bytes}?offset=$1" 2>/dev/null | grep --quiet --word-regexp needs_recovery; then
    fail "${image} was not shut down: its journal has changes that are not in its files yet"
  fi
  # debugfs trusts every name: one with a slash, or a duplicate, would be written outside our folder.
  e2fsck -fn "${bytes}?offset=$1" >/dev/null 2>&1 || fail "e2fsck finds faults in a file system of ${image}"
  for folder in "${folders[@]}"; do
    case "${folder}/" in
      "$2"/*) from="${folder#"$2"}" ;;
      *) if [[ "$2/" == "${folder}"/* ]]; then from=""; else continue; fi ;;
    esac
    mkdir --parents -- "${work}/files"
    # It always exits with 0; without root it cannot change owners, which is not needed.
    said="$(debugfs -R "rdump ${from:-/} ${work}/files" "${bytes}?offset=$1" 2>&1 >/dev/null |
      grep --invert-match --extended-regexp '^debugfs [0-9]|: File not found by ext2_lookup|while changing ownership of' || true)"
    if [[ -n "${said}" ]]; then fail "cannot read ${from:-/} of ${image}: ${said%%$'\n'*}"; fi
    from="$2${from}"
    if [[ "${from}" == "$2" ]]; then
      lay "$2"
      return
    fi
    lay "$(dirname -- "${from}")"
  done
}

read_fat() {
  local said
  command -v mcopy >/dev/null || fail "mtools is not installed, and ${image} has a FAT file system"
  mkdir --parents -- "${work}/files"
  said="$(MTOOLS_SKIP_CHECK=1 mcopy -s -n -i "${bytes}@@$1" ::/ "${work}/files" 2>&1)" || fail "cannot read $2 of ${image}: ${said%%$'\n'*}"
  lay "$2"
}

# lay PLACE: moves the read files there; files of another file system at that place are hidden, but still in the image.
lay() {
  local part path="${root}" parts
  IFS=/ read -r -a parts <<<"$1"
  for part in "${parts[@]}"; do
    path+="/${part}"
    if [[ -L "${path}" ]]; then fail "$1 of ${image} is behind a symlink; mount it, and use --root"; fi
  done
  mkdir --parents -- "${root}$1"
  cp --archive --backup=numbered -- "${work}/files/." "${root}$1"
  chmod --recursive u+rwX -- "${work}/files"
  rm --recursive --force -- "${work}/files"
}

# files KIND PATTERN...: reports every matching file that is not empty.
files() {
  local kind="$1" path
  shift
  for path in "$@"; do
    if [[ -d "${path}" && ! -L "${path}" ]]; then
      while IFS= read -r -d '' path; do finding "${kind}" "${path#"${root}"}"; done < <(find "${path}" -type f -size +0 -print0 | sort --zero-terminated)
    elif [[ -s "${path}" || -L "${path}" ]]; then
      finding "${kind}" "${path#"${root}"}"
    fi
  done
}

look() {
  local home id
  files "host key" "${root}"/etc/ssh/ssh_host_*
  for id in "${root}/etc/machine-id" "${root}/var/lib/dbus/machine-id"; do
    if [[ -f "${id}" && ! -L "${id}" ]] && grep --quiet '[^[:space:]]' -- "${id}" && ! grep --quiet --line-regexp uninitialized -- "${id}"; then
      finding "machine-id" "${id#"${root}"}"
    fi
  done
  for home in "${root}/root" "${root}"/home/*; do
    files "history" "${home}"/.*_history "${home}"/.{lesshst,viminfo,wget-hsts}
    files "authorised key" "${home}"/.ssh/authorized_keys*
    files "key of a user" "${home}"/.ssh/{id_*,known_hosts*}
  done
  files "authorised key" "${root}"/etc/ssh/authorized_keys* "${root}/etc/honeypot/authorized_keys"
  look_for_users
  files "log" "${root}/var/log"
  files "cloud-init state" "${root}/var/lib/cloud" "${root}/etc/netplan/50-cloud-init.yaml" "${root}/etc/sudoers.d/90-cloud-init-users"
  files "DShield identity" "${root}"/etc/dshield.{ini,sslca}* "${root}"/srv/dshield/etc/dshield.{ini,sslca}* "${root}/etc/cron.d/dshield" \
    "${root}"/srv/cowrie/var/lib/cowrie/{ssh_host_*,tty,downloads} "${root}"/srv/web/*.pem "${root}/srv/cowrie/etc/cowrie.cfg"
  files "log" "${root}"/srv/{log,db} "${root}/srv/cowrie/var/log"
  files "identity of a sensor" "${root}/etc/honeypot/secrets" "${root}"/etc/honeypot/{known_hosts,backup_recipients,build.json,wanted.sha256} \
    "${root}/etc/default/honeypot" "${root}/etc/cron.d/honeypot" "${root}/etc/ssh/sshd_config.d/10-honeypot.conf" \
    "${root}/var/lib/honeypot/state/first-boot.done"
  files "random seed" "${root}"/var/lib/{systemd,urandom}/random-seed "${root}"/boot/{efi/,}loader/random-seed
  files "lease" "${root}"/var/lib/{dhcp,dhcpcd,NetworkManager}
  files "left behind" "${root}"/{tmp,var/tmp}
  look_at_boot
  for id in "${root}"/etc/systemd/system/*.wants/honeypot-*; do finding "enabled service" "${id#"${root}"}"; done
}

# A Pi reads its settings from there. The system's own user-data has comments but no settings of a machine.
look_at_boot() {
  local boot path
  for boot in "${root}"/boot{,/firmware,/efi}; do
    files "identity of a sensor" "${boot}"/{honeypot.tar.gz,honeypot-unpack.sh,firstrun.sh,SENSOR-README.txt}
    files "log" "${boot}/sensor-first-boot.log"
    files "settings of a machine" "${boot}"/{userconf,userconf.txt,wpa_supplicant.conf,custom.toml}
    for path in "${boot}"/{user-data,network-config}; do
      if [[ -f "${path}" && ! -L "${path}" ]] && grep --quiet --extended-regexp '^[^#]*(ssh_authorized_keys|passw|write_files|runcmd|hostname|access-points)' -- "${path}"; then
        finding "settings of a machine" "${path#"${root}"}"
      fi
    done
  done
}

look_for_users() {
  local name password id
  while IFS=: read -r name _ id _; do
    # Raspberry Pi OS includes a user. Arithmetic would run a command in place of a number.
    if [[ ! "${id}" =~ ^[0-9]{1,10}$ ]]; then
      finding "no number" "/etc/passwd (${name})"
    elif ((10#${id} >= 1000 && 10#${id} <= 59999)) && [[ "${name}" != pi ]]; then
      finding "build user" "/etc/passwd (${name})"
    fi
  done <"${root}/etc/passwd"
  for name in "${users[@]}"; do
    for id in passwd shadow group sudoers; do
      if [[ -f "${root}/etc/${id}" && ! -L "${root}/etc/${id}" ]] && grep --quiet --extended-regexp "^${name}[:[:space:]]" -- "${root}/etc/${id}"; then
        finding "build user" "/etc/${id} (${name})"
      fi
    done
    if [[ -d "${root}/home/${name}" ]]; then finding "build user" "/home/${name}"; fi
    while IFS= read -r -d '' id; do finding "build user" "${id#"${root}"}"; done \
      < <(grep --recursive --files-with-matches --null --word-regexp --fixed-strings -e "${name}" -- "${root}/etc/sudoers.d" 2>/dev/null)
  done
  if [[ ! -f "${root}/etc/shadow" || -L "${root}/etc/shadow" ]]; then return; fi
  while IFS=: read -r name password _; do
    if [[ "${password}" == '$'* ]]; then finding "password" "/etc/shadow (${name})"; fi
  done <"${root}/etc/shadow"
}

look_for_values() {
  local path
  while IFS= read -r -d '' path; do
    finding "secret of line $(line_of "${path}")" "${path#"${root}"}"
  done < <(grep --recursive --files-with-matches --null --text --fixed-strings --file="${work}/values" -- "${root}" 2>/dev/null | sort --zero-terminated)
  if [[ -z "${image}" ]]; then return; fi
  path="$(line_of "${bytes}")"
  if [[ -n "${path}" ]]; then finding "secret of line ${path}" "in the image's bytes"; fi
}

# Without a disk's zeros, which would be a single line for grep.
values_in() { tr --delete '\000' <"$1" | { grep --text --only-matching --fixed-strings --file="${work}/values" || true; } | sort --unique; }

line_of() {
  local value
  value="$(values_in "$1" | sed --quiet 1p)"
  if [[ -z "${value}" ]]; then return; fi
  # Not as an argument, which other users could read in the process list.
  printf '%s\n' "${value}" | grep --line-number --line-regexp --fixed-strings --file=- -- "${values}" | sed --quiet '1 s/:.*//p'
}

main "$@"
