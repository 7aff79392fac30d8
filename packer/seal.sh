#!/usr/bin/env bash
# Removes all data from an image that must be unique to a machine. Packer runs it last, as root.
set -euo pipefail
shopt -s nullglob dotglob
root="${HONEYPOT_ROOT:-}"

main() {
  local folder
  # Stops services that write at shutdown, so that they write now.
  if [[ -z "${root}" && -d /run/systemd/system ]]; then
    journalctl --relinquish-var || true
    systemctl stop rsyslog.service systemd-random-seed.service systemd-update-utmp.service 2>/dev/null || true
  fi
  if [[ -z "${root}" ]] && command -v cloud-init >/dev/null; then cloud-init clean --logs --seed; fi
  "${root}/etc/cloud/clean.d/50-honeypot"
  forget_cloud_init
  forget_builder
  forget_people
  forget_machine
  forget_packages
  # Last, because the commands above were logged.
  find "${root}/var/log" -type f -delete
  rm --recursive --force -- "${root}"/var/log/journal/* "${root}"/var/{crash,mail,spool/mail}/* "${root}"/var/lib/systemd/coredump/* \
    "${root}"/{tmp,var/tmp}/*
  if [[ -z "${root}" ]]; then
    file_systems | while read -r folder; do free_blocks "${folder}"; done
  fi
}

forget_cloud_init() {
  rm --recursive --force -- "${root}"/var/lib/cloud/* "${root}"/etc/netplan/50-cloud-init.yaml* \
    "${root}"/etc/network/interfaces.d/50-cloud-init* "${root}"/etc/systemd/network/10-cloud-init-* "${root}"/etc/cloud/cloud-init.disabled \
    "${root}"/etc/sudoers.d/90-cloud-init-users "${root}/etc/ssh/sshd_config.d/50-cloud-init.conf" "${root}"/etc/apt/apt.conf.d/*aptproxy*
}

# Packer's login user, and users that a cloud created for it; cloud-init creates those that a sensor needs.
forget_builder() {
  local name id users
  mapfile -t users <"${root}/etc/passwd"
  while IFS=: read -r name _ id _; do
    if [[ -z "${name}" ]]; then continue; fi
    # Arithmetic would run a command in place of a number, and a name with a slash is a path.
    if [[ ! "${id}" =~ ^[0-9]{1,10}$ || "${name}" == *[/[:cntrl:]]* || "${name}" == .* ]]; then
      printf 'seal.sh: /etc/passwd has an account %q with the number %q\n' "${name}" "${id}" >&2
      exit 1
    fi
    # Raspberry Pi OS includes a user without a password, and renames it later.
    if ((10#${id} < 1000 || 10#${id} > 59999)) || [[ "${name}" == pi ]]; then continue; fi
    # 12: it had no home.
    userdel ${root:+--prefix="${root}"} --force --remove -- "${name}" || (($? == 12))
    rm --force -- "${root}/etc/sudoers.d/${name}"
  done < <(printf '%s\n' "${users[@]}")
  # No password from the build may work later.
  usermod ${root:+--prefix="${root}"} --lock root
  rm --force -- "${root}"/etc/{passwd,shadow,group,gshadow,subuid,subgid}-
}

forget_people() {
  local home
  for home in "${root}/root" "${root}"/home/*; do
    rm --recursive --force -- "${home}"/.ssh "${home}"/.*_history "${home}"/.{lesshst,viminfo,wget-hsts,cache,local,gnupg} "${home}"/.sudo_as_admin_successful
  done
}

forget_machine() {
  rm --recursive --force -- "${root}"/etc/ssh/ssh_host_* "${root}"/var/lib/systemd/{random-seed,credential.secret,timers/*,timesync/*} \
    "${root}/var/lib/urandom/random-seed" "${root}"/boot/{efi/,}loader/random-seed "${root}"/var/lib/{dhcp,dhcpcd,NetworkManager}/* \
    "${root}"/etc/NetworkManager/system-connections/* "${root}"/etc/udev/rules.d/70-persistent-net.rules
  # Empty means for systemd that the identity must be created, but without a first boot, which would enable every service.
  : >"${root}/etc/machine-id"
  if [[ ! -L "${root}/var/lib/dbus/machine-id" ]]; then rm --force -- "${root}/var/lib/dbus/machine-id"; fi
  printf 'localhost\n' >"${root}/etc/hostname"
  if [[ -e "${root}/etc/hosts" ]]; then sed --in-place '/^127\.0\.1\.1[[:space:]]/d' -- "${root}/etc/hosts"; fi
  # In a chroot it is the builder's own, lent.
  if [[ -f "${root}/etc/resolv.conf" && ! -L "${root}/etc/resolv.conf" ]] && ! mountpoint --quiet -- "${root}/etc/resolv.conf"; then
    : >"${root}/etc/resolv.conf"
  fi
}

forget_packages() {
  rm --recursive --force -- "${root}"/var/lib/apt/lists/* "${root}"/var/cache/apt/*.bin "${root}"/var/cache/apt/archives/*.deb \
    "${root}"/var/cache/debconf/*-old "${root}"/var/lib/dpkg/*-old "${root}"/var/cache/apt/archives/partial/*
}

# Where each file system of the image is mounted, once; in a chroot, where findmnt may know of none, the root.
file_systems() {
  printf '/\n'
  { findmnt --noheadings --raw --types ext2,ext3,ext4,vfat --output MAJ:MIN,TARGET 2>/dev/null || true; } |
    awk '$2 == "/" { seen[$1] = 1 } { line[NR] = $0 } END { for (i = 1; i <= NR; i++) { split(line[i], word, " "); if (!seen[word[1]]++) print word[2] } }'
}

# free_blocks FOLDER: removes deleted data from the image's bytes. A disk discards only whole clusters, and many deleted
# files are smaller, so all free space is overwritten with zeros.
free_blocks() {
  local device
  device="$(df --output=source -- "$1" | sed 1d)"
  # The last blocks, which ext4 reserves while it is mounted, would be those between the files.
  printf '0\n' 2>/dev/null >"/sys/fs/ext4/${device##*/}/reserved_clusters" || true
  sync
  dd if=/dev/zero of="$1/zeros" bs=1M status=none 2>/dev/null || true
  # The remaining space is smaller than that, or fragmented.
  dd if=/dev/zero of="$1/zeros.rest" bs=4K status=none 2>/dev/null || true
  sync
  rm --force -- "$1/zeros" "$1/zeros.rest"
  sync
  fstrim "$1" 2>/dev/null || true
}

main "$@"
