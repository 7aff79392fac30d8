#!/usr/bin/env bash
# For engine.sh: keeps the old files, lays the new ones, and restores the old ones.
# shellcheck disable=SC2154,SC2310,SC2312 # the variables are engine.sh's; missing files print nothing

# Files of the system that the steps change.
system_files=(etc/ssh/sshd_config etc/ssh/sshd_config.d etc/sudoers.d/90-honeypot-admin etc/localtime etc/timezone
  var/lib/honeypot/state/admin-ports var/lib/honeypot/state/sshd.port etc/honeypot/manifest)

# Our links in the folders of wanted units, which enable units.
wanted_links() { (cd -- "${root}/" && find etc/systemd/system -mindepth 2 -maxdepth 2 -path '*.wants/*' \( -name 'honeypot-*' -o -name 'filebeat.service' -o -name 'prometheus-node-exporter.service' \) ! -name "${recovery}" -print | sort); }

# Keeps what a revert needs: everything on the disk before the first change.
snapshot() {
  local path links
  rm --recursive --force -- "${folder}/old" "${folder}/absent"
  install --directory --mode=0700 -- "${folder}/old"
  # A revert needs space even if the disk becomes full.
  head --bytes=16M /dev/zero >"${folder}/reserve" || fail "the disk is full"
  mapfile -t links < <(wanted_links)
  for path in "${changed[@]}" "${added[@]}" "${removed[@]}" "${system_files[@]}" "${links[@]}"; do
    if [[ -e "${root}/${path}" || -L "${root}/${path}" ]]; then
      (cd -- "${root}/" && cp --archive --parents --target-directory="${folder}/old" -- "${path}")
    else
      printf '%s\n' "${path}" >>"${folder}/absent"
    fi
  done
  getent passwd "${new_environment[ADMIN_USER]}" >/dev/null || printf '%s\n' "${new_environment[ADMIN_USER]}" >"${folder}/made-user"
  sync
}

# place SOURCE PATH: a name always has the old or the new file.
place() {
  local target="${root}/$2" mode=0755
  if [[ "$2" == etc/honeypot/secrets/* ]]; then mode=0700; fi
  [[ -d "${target%/*}" ]] || install --directory --mode="${mode}" -- "${target%/*}"
  cp --archive --no-target-directory --remove-destination -- "$1" "${target%/*}/.honeypot-apply.new" && sync -- "${target%/*}/.honeypot-apply.new" &&
    mv --force --no-target-directory -- "${target%/*}/.honeypot-apply.new" "${target}"
}

lay_files() {
  local path
  for path in "${changed[@]}" "${added[@]}"; do
    say "writes /${path}"
    # As a first boot does: Python and cron recognise a changed file by its time.
    touch -- "${folder}/tree/${path}"
    place "${folder}/tree/${path}" "${path}"
  done
  for path in "${removed[@]}"; do
    say "removes /${path}"
    rm --force -- "${root}/${path}"
  done
  write_manifest
  sync
}

# The checksum of every file that was laid; only root can read it, because it includes those of secrets.
write_manifest() {
  (umask 077 && cd -- "${folder}/tree" && find . -type f -printf '%P\0' | sort --zero-terminated | xargs --null --no-run-if-empty sha256sum -- |
    sed 's|  |  /|' >"${folder}/manifest")
  place "${folder}/manifest" etc/honeypot/manifest
}

# May run again after a power cut. Fails if a file could not be restored, after all others.
restore_files() {
  local path user code=0
  find "${root}"/{etc,opt/honeypot,root/bin,usr/local} -name .honeypot-apply.new -delete 2>/dev/null || true
  # `new` is a link that the change made, or an old one.
  while read -r path; do
    if [[ ! -L "${folder}/old/${path}" ]]; then rm --force -- "${root}/${path}"; fi
  done < <(wanted_links)
  if [[ -e "${folder}/absent" ]]; then
    while IFS= read -r path; do
      if [[ -d "${root}/${path}" && ! -L "${root}/${path}" ]]; then continue; fi
      rm --force -- "${root}/${path}"
    done <"${folder}/absent"
  fi
  # The folder's own files and no others.
  if [[ -d "${folder}/old/etc/ssh/sshd_config.d" ]]; then
    find "${root}/etc/ssh/sshd_config.d" -mindepth 1 -maxdepth 1 -type f -print0 | while IFS= read -r -d '' path; do
      [[ -e "${folder}/old${path#"${root}"}" ]] || rm --force -- "${path}"
    done
  fi
  while IFS= read -r -d '' path; do
    place "${folder}/old/${path}" "${path}" || code=1
  done < <(cd -- "${folder}/old" && find . ! -type d -printf '%P\0')
  if [[ -e "${folder}/made-user" ]]; then
    user="$(<"${folder}/made-user")"
    userdel --force --remove -- "${user}" 2>/dev/null || true
  fi
  sync
  return "${code}"
}

# What the old settings asked for and the new ones do not.
remove_unwanted() {
  local name path
  for name in "${unwanted_clones[@]}"; do rm --recursive --force -- "${root}/opt/honeypot/src/${name:?}"; done
  if has opt/honeypot/scripts/egress.sh "${removed[@]}"; then nft delete table inet honeypot_egress 2>/dev/null || true; fi
  # Made on this machine, for a feature that it no longer has.
  if has opt/honeypot/scripts/transfer.sh "${removed[@]}"; then rm --force -- "${root}"/etc/honeypot/{secrets/transfer_key,transfer_key.pub}; fi
  if has opt/honeypot/scripts/health.sh "${removed[@]}"; then rm --force -- "${state}"/{health.json,notify.notes} "${root}/run/honeypot/health.json"; fi
  if has usr/local/lib/honeypot/metrics.py "${removed[@]}"; then rm --recursive --force -- "${root}/run/honeypot-metrics"; fi
  for path in "${removed[@]}"; do
    name="${path##*/}"
    case "${path}" in
      */status/update.sh) name=dshield-update ;;
      */status/*.sh | */tools/*.py | */scripts/reapply.sh) name="${name%.*}" ;;
      *) continue ;;
    esac
    rm --force -- "${state}/${name}".{last,notes,running}
  done
  # The running capture still excludes these servers.
  for name in transfer siem; do
    if [[ -n "${new_environment[${name^^}_HOST]:-}" || ! -e "${state}/${name}.filter" ]]; then continue; fi
    rm -- "${state}/${name}.filter"
    systemctl try-restart honeypot-capture.service
  done
  if [[ -n "${former_admin}" ]]; then gpasswd --delete "${former_admin}" sudo >/dev/null 2>&1 || true; fi
  if ((${#unwanted_packages[@]})); then
    say "removes the packages ${unwanted_packages[*]}"
    DEBIAN_FRONTEND=noninteractive apt-get --assume-yes --allow-change-held-packages --option=DPkg::Lock::Timeout=300 purge -- "${unwanted_packages[@]}" </dev/null ||
      say "could not remove ${unwanted_packages[*]}"
  fi
  remove_kickstarter
}
