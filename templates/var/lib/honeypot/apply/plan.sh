#!/usr/bin/env bash
# For engine.sh: compares this machine with the state in tree/, and decides what to do.
# shellcheck disable=SC2034,SC2154,SC2310,SC2312 # engine.sh uses the variables, and sets others; missing files print nothing

changed=() added=() removed=() drifted=() stopped_units=() restarted_units=() now_steps=() later_steps=()
unwanted_clones=() unwanted_packages=() missing_packages=() kind="" new_ref="" former_admin="" changes=0
declare -A old_environment=() new_environment=()

# value_of FILE NAME: a value of one of our JSON files.
value_of() { sed --quiet "s/^ *\"$2\": \"\(.*\)\",*\$/\1/p" -- "$1" 2>/dev/null; }

# refuse MESSAGE: this machine cannot be changed to these settings.
refuse() {
  printf 'refuse\t%s\n' "$1"
  exit 1
}

# read_environment FILE ARRAY: without running it.
read_environment() {
  local line
  local -n into="$2"
  while IFS= read -r line; do
    if [[ "${line}" =~ ^([A-Z_]+)=\"(.*)\"$ ]]; then into["${BASH_REMATCH[1]}"]="${BASH_REMATCH[2]}"; fi
  done < <(cat -- "$1" 2>/dev/null)
}

# Sets `kind`: a sensor whose first boot has ended; one whose first boot is unfinished, or waits for its programs; a
# machine with DShield that was installed by hand; or a fresh one.
inspect() {
  local build="${root}/etc/honeypot/build.json" new="${here}/tree/etc/honeypot/build.json"
  # shellcheck source=/dev/null
  source "${here}/facts"
  made_by="sensorbake $(value_of "${build}" sensorbake)" makes="sensorbake $(value_of "${new}" sensorbake)"
  read_environment "${root}/etc/default/honeypot" old_environment
  read_environment "${here}/tree/etc/default/honeypot" new_environment
  kind=fresh
  if [[ -e "${state}/first-boot.done" ]]; then
    kind=sensor
  elif [[ -e "${scripts}/receive.sh" && ! -e "${state}/delivered" ]]; then
    kind=waiting
  elif [[ -e "${build}" ]]; then
    kind=unfinished
  elif [[ -e "${root}/srv/dshield" || -e "${root}/etc/dshield.ini" ]]; then
    kind=dshield
  fi
  if [[ ! -e "${build}" ]]; then made_by="this machine"; fi
}

# Reasons that forbid the change.
judge() {
  local was found
  was="${old_environment[SENSOR_NAME]:-}" found="${new_environment[SENSOR_NAME]}"
  if [[ -n "${was}" && "${was}" != "${found}" ]]; then
    refuse "this sensor has the name ${was}; the settings have ${found}, and a sensor's name cannot change"
  fi
  if [[ "${kind}" == waiting ]]; then return; fi
  was="$(value_of "${root}/etc/honeypot/build.json" target)" found="$(value_of "${here}/tree/etc/honeypot/build.json" target)"
  if [[ -n "${was}" && "${was}" != "${found}" ]]; then
    refuse "this sensor has the target ${was}; the settings have ${found}, and a sensor's target cannot change"
  fi
  found="$(sed --quiet --regexp-extended 's/^(ID|VERSION_ID)="?([a-z0-9.]*)"?$/\1 \2/p' -- "${root}/etc/os-release" | sort | sed 's/.* //' | xargs)"
  if [[ "${found/raspbian/debian}" != "${OS}" ]]; then refuse "this machine has ${found}; the settings have os: ${OS_NAME}"; fi
  if ((EUID)); then refuse "only root can change this machine"; fi
  if [[ ! -d "${root}/run/systemd/system" ]]; then refuse "this machine does not run systemd"; fi
  # Upstream has no way to remove it. With install: false it stays.
  if [[ -n "${old_environment[DSHIELD_USER_ID]:-}" && ! -e "${here}/tree/opt/honeypot/scripts/reapply.sh" ]]; then
    refuse "the settings no longer have dshield, which cannot be removed from a machine: create a new one, or set dshield.install: false to keep it as it is"
  fi
  if [[ "$(systemctl is-active honeypot-first-boot.service 2>/dev/null)" == activ* && -z "$(failed_first_boot)" ]]; then
    refuse "its first boot is running: honeypot-status --wait"
  fi
  if systemctl is-active --quiet honeypot-update.service 2>/dev/null; then refuse "an update of DShield is running: try again when it has ended"; fi
  if [[ -e "${folder}/phase" ]]; then refuse "another apply is in progress: wait a few minutes; if it does not end, restart the machine"; fi
  # The snapshot and the new files.
  if (($(df --output=avail --block-size=1M -- "${root}/var/lib" | tail --lines=1) < 50)); then refuse "the disk is full: /var/lib has less than 50 MB"; fi
}

failed_first_boot() { grep --extended-regexp '^[0-9]+ failed ' "${state}/first-boot.last" 2>/dev/null; }

# Lists files that differ, by their path without the first slash.
compare() {
  local path paths=()
  local -A wanted=() found=()
  changed=() added=() removed=() drifted=()
  mapfile -t paths < <(cd -- "${here}/tree" && find . -type f -printf '%P\n' | sort)
  describe "${here}/tree" wanted
  describe "${root}/" found
  for path in "${paths[@]}"; do
    if [[ -z "${found[${path}]:-}" ]]; then
      added+=("${path}")
    elif [[ "${found[${path}]}" != "${wanted[${path}]}" ]]; then
      changed+=("${path}")
    fi
  done
  while read -r _ path; do
    path="${path#/}"
    if [[ ! -e "${here}/tree/${path}" && -e "${root}/${path}" ]]; then removed+=("${path}"); fi
  done < <(cat -- "${root}/etc/honeypot/manifest" 2>/dev/null)
  # Changed by hand since they were laid.
  while IFS= read -r path; do
    path="${path%: *}"
    if [[ -e "${here}/tree/${path#/}" ]]; then drifted+=("${path#/}"); fi
  done < <(sed "s|  /|  ${root}/|" -- "${root}/etc/honeypot/manifest" 2>/dev/null | sha256sum --check --quiet 2>/dev/null | sed "s|^${root}||")
}

# describe FOLDER ARRAY: type, mode, owner and checksum of each of `paths`. Two processes, because one for each file takes
# long on a Pi.
describe() {
  local -n described="$2"
  local path value
  while read -r value path; do described["${path}"]="${value}"; done < <(for_paths "$1" stat --format='%f:%u:%g %n')
  while read -r value path; do described["${path}"]+=":${value}"; done < <(for_paths "$1" sha256sum)
}

for_paths() { (cd -- "$1" && printf '%s\0' "${paths[@]}" | xargs --null "${@:2}" -- 2>/dev/null) || true; }

# has WORD LIST...
has() { [[ " ${*:2} " == *" $1 "* ]]; }

# is_new PATTERN: whether a changed, added or removed path matches.
is_new() {
  local path
  for path in "${changed[@]}" "${added[@]}" "${removed[@]}"; do
    # shellcheck disable=SC2053 # a pattern
    if [[ "${path}" == $1 ]]; then return; fi
  done
  return 1
}

# differs PATTERN: whether a variable whose name matches has a new value.
differs() {
  local name
  for name in "${!old_environment[@]}" "${!new_environment[@]}"; do
    # shellcheck disable=SC2053 # a pattern
    if [[ "${name}" == $1 && "${old_environment[${name}]:-}" != "${new_environment[${name}]:-}" ]]; then return; fi
  done
  return 1
}

# ref_of WORDS: the address and pinned commit of DShield in a list of repositories.
ref_of() {
  local words=()
  read -r -a words <<<"$1"
  while ((${#words[@]} >= 3)); do
    if [[ "${words[0]}" == dshield ]]; then printf '%s %s\n' "${words[@]:1:2}"; fi
    words=("${words[@]:3}")
  done
}

# names_in WORDS: the names in a list of repositories.
names_in() { xargs --max-args=3 <<<"$1" | sed 's/ .*//'; }

# Decides about packages, clones, units, accounts and steps.
choose() {
  local name old_ref
  changes=$((${#changed[@]} + ${#added[@]} + ${#removed[@]}))
  for name in ${new_environment[PACKAGES]:-}; do
    is_installed "${name}" || missing_packages+=("${name}")
  done
  for name in ${old_environment[PACKAGES]:-}; do
    if [[ " ${new_environment[PACKAGES]} " != *" ${name} "* ]] && grep --quiet --line-regexp --fixed-strings -- "${name}" "${state}/packages.ours" 2>/dev/null && is_installed "${name}"; then
      unwanted_packages+=("${name}")
    fi
  done
  if has etc/filebeat/filebeat.yml "${removed[@]}" && is_installed filebeat; then unwanted_packages+=(filebeat); fi
  while read -r name; do
    if [[ -n "${name}" && -d "${root}/opt/honeypot/src/${name}" ]]; then unwanted_clones+=("${name}"); fi
  done < <(comm -23 <(names_in "${old_environment[REPOSITORIES]:-}" | sort) <(names_in "${new_environment[REPOSITORIES]:-}" | sort))
  if [[ -n "${old_environment[ADMIN_USER]:-}" && "${old_environment[ADMIN_USER]}" != "${new_environment[ADMIN_USER]}" ]]; then
    former_admin="${old_environment[ADMIN_USER]}"
  fi
  old_ref="$(ref_of "${old_environment[REPOSITORIES]:-}")"
  if [[ -n "${old_ref}" && "${old_ref}" != "$(ref_of "${new_environment[REPOSITORIES]:-}")" ]]; then new_ref="$(ref_of "${new_environment[REPOSITORIES]}")"; fi
  choose_units
  choose_steps
}

is_installed() { [[ "$(dpkg-query --show --showformat='${db:Status-Status}' -- "$1" 2>/dev/null)" == installed ]]; }

choose_units() {
  local path name
  for path in "${removed[@]}"; do
    if is_unit "${path}"; then stopped_units+=("$(unit_in "${path}")"); fi
  done
  for path in "${changed[@]}" "${added[@]}" "${removed[@]}"; do
    name="$(unit_of "${path}")"
    if [[ -n "${name}" ]]; then add_restart "${name}"; fi
  done
  if differs METRICS_PORT; then add_restart prometheus-node-exporter.service; fi
  if differs 'CAPTURE_@(INTERFACE|FILTER|SNAP*|ROTATE*)'; then add_restart honeypot-capture.service; fi
  # It keeps the time zone of its start.
  if differs TIMEZONE; then add_restart rsyslog.service; fi
}

# The steps start units that do not run yet, or do not exist yet.
add_restart() {
  if has "$1" "${restarted_units[@]}" "${stopped_units[@]}"; then return; fi
  if [[ "$(systemctl is-active -- "$1" 2>/dev/null || true)" == @(active|activating|reloading) ]]; then restarted_units+=("$1"); fi
}

# A file that the settings ask for only together with its unit. Without its file the exporter would answer everybody.
is_unit() { [[ "$1" == @(etc/filebeat/filebeat.yml|*/prometheus-node-exporter.service.d/honeypot.conf) || ("$1" == etc/systemd/system/honeypot-*.@(service|timer|path) && "$1" != */*/*/*/*) ]]; }

unit_in() {
  case "$1" in
    */filebeat.yml) printf 'filebeat.service\n' ;;
    *.d/*) unit_of "$1" ;;
    *) printf '%s\n' "${1##*/}" ;;
  esac
}

# unit_of PATH: the running unit that reads this file only at its start.
unit_of() {
  local name
  case "$1" in
    etc/systemd/system/cloud-final.service.d/* | etc/systemd/system/honeypot-first-boot.*) ;;
    etc/systemd/system/*.d/*) name="${1%.d/*}" && printf '%s\n' "${name##*/}" ;;
    etc/systemd/system/honeypot-capture.service | etc/systemd/system/*.timer | etc/systemd/system/*.path) printf '%s\n' "${1##*/}" ;;
    opt/honeypot/scripts/capture.sh) printf 'honeypot-capture.service\n' ;;
    etc/ssh/sshd_config.d/*) printf 'ssh.service\n' ;;
    etc/filebeat/filebeat.yml | etc/honeypot/secrets/siem_ca) printf 'filebeat.service\n' ;;
    *) ;;
  esac
}

# A step that takes seconds and can run again at any time runs at once, the others after the confirmation.
choose_steps() {
  local path step
  now_steps=() later_steps=()
  # sudo and nft must be there for the new login; the rest is a first boot.
  if [[ "${kind}" != sensor ]]; then now_steps=(10-directories 40-packages 20-admin); fi
  while IFS= read -r path; do
    step="${path##*/}"
    step="${step%.sh}"
    if [[ "${step}" == @(50-dshield|80-reboot) ]]; then
      if needs_step "${step}"; then later_steps+=("${step}"); fi
    elif [[ "${kind}" != sensor ]]; then
      later_steps+=("${step}")
    elif [[ "${step}" == 45-clones && -n "${new_ref}" ]] && needs_step 50-dshield; then
      # DShield's clone can be replaced once its stamp is gone.
      later_steps+=("${step}")
    else
      if needs_step "${step}"; then now_steps+=("${step}"); fi
      # They restore what DShield's installer changes.
      if [[ "${step}" == @(55-*|60-*|90-*) ]] && has 50-dshield "${later_steps[@]}"; then later_steps+=("${step}"); fi
    fi
  done < <(find "${here}/tree/opt/honeypot/first-boot" -name '[0-9]*.sh' | sort)
}

# needs_step STEP: whether it has to run again on a sensor.
needs_step() {
  if [[ ! -e "${stamps}/$1.done" ]]; then return; fi
  case "$1" in
    05-* | 25-* | 28-* | 30-* | 90-*) return 1 ;;
    10-directories) ((changes)) ;;
    20-admin) differs 'ADMIN_*' || is_new 'etc/ssh/*' || is_new etc/honeypot/authorized_keys || is_new opt/honeypot/first-boot/20-admin.sh || is_new opt/honeypot/scripts/admin-access.sh ;;
    40-packages) ((${#missing_packages[@]})) ;;
    45-clones) differs REPOSITORIES ;;
    50-dshield) differs 'DSHIELD_@(EMAIL|USER_ID|CERTIFICATE|TELNET|VELOCIRAPTOR)' || is_new etc/honeypot/secrets/dshield_api_key ;;
    50-transfer-key) differs 'TRANSFER_*' || is_new etc/honeypot/secrets/transfer_key || is_new "opt/honeypot/first-boot/$1.sh" ;;
    55-firewall) differs '@(ADMIN|METRICS|DSHIELD)_*' || is_new opt/honeypot/scripts/reapply.sh || is_new opt/honeypot/scripts/firewall.sh || is_new 'etc/systemd/system/honeypot-@(reapply|update).*' || is_new "opt/honeypot/first-boot/$1.sh" ;;
    60-services) differs '@(ADMIN|METRICS)_*' || differs TIMEZONE || is_new 'etc/cron.d/*' || is_new 'etc/systemd/*' || is_new opt/honeypot/scripts/admin-access.sh || is_new "opt/honeypot/first-boot/$1.sh" ;;
    65-rescue) is_new '*rescue*' ;;
    47-filebeat | 75-siem) differs 'SIEM_*' || is_new etc/filebeat/filebeat.yml || is_new "opt/honeypot/first-boot/$1.sh" ;;
    80-reboot) needs_step 50-dshield ;;
    *) is_new "opt/honeypot/first-boot/$1.sh" ;;
  esac
}

# Prints the plan: one change per line, fields separated by tabs.
plan() {
  inspect
  judge
  if [[ "${kind}" == waiting ]]; then
    printf 'machine\twaiting\n'
    exit
  fi
  compare
  choose
  printf 'machine\t%s\t%s\n' "${kind}" "${made_by}"
  print_files
  print_settings
  rows package install "${missing_packages[@]}"
  rows package remove "${unwanted_packages[@]}"
  rows clone remove "${unwanted_clones[@]/#//opt/honeypot/src/}"
  rows unit stop "${stopped_units[@]}"
  rows unit restart "${restarted_units[@]}"
  if [[ -n "${former_admin}" ]]; then printf 'account\tno longer admin\t%s\n' "${former_admin}"; fi
  if ((changes + ${#missing_packages[@]} + ${#unwanted_packages[@]} + ${#unwanted_clones[@]})); then
    rows step now "${now_steps[@]}"
    rows step later "${later_steps[@]}"
  fi
  if [[ -n "${new_ref}" ]]; then printf 'update\tdshield\t%s\n' "${new_ref}"; fi
  list_kickstarter
}

# rows KIND ACTION NAME...
rows() {
  local name
  for name in "${@:3}"; do printf '%s\t%s\t%s\n' "$1" "$2" "${name}"; done
}

print_files() {
  local path
  rows file add "${added[@]/#//}"
  for path in "${changed[@]}"; do
    printf 'file\tchange\t/%s\n' "${path}"
    if has "${path}" "${drifted[@]}"; then printf 'drift\t/%s\n' "${path}"; fi
  done
  rows file remove "${removed[@]/#//}"
}

# The settings behind the changed files, with the old and the new value: setting NAME OLD NEW.
print_settings() {
  local what name unit path
  while IFS=$'\t' read -r what name unit; do
    path="${what#/}"
    if [[ "${what}" != /* ]]; then
      if differs "${what}"; then
        printf 'setting\t%s\t%s\t%s\n' "${name}" "$(scaled "${old_environment[${what}]:-}" "${unit}")" "$(scaled "${new_environment[${what}]:-}" "${unit}")"
      fi
    elif ! is_new "${path}"; then
      continue
    elif [[ "${unit}" == secret ]]; then
      printf 'setting\t%s\t%s\t%s\n' "${name}" "$([[ ! -e "${root}/${path}" ]] || echo '(secret)')" "$([[ ! -e "${here}/tree/${path}" ]] || echo '(secret)')"
    else
      diff --old-line-format="setting"$'\t'"${name}"$'\t%l\t\n' --new-line-format="setting"$'\t'"${name}"$'\t\t%l\n' --unchanged-line-format='' \
        -- <(lines_of "${root}/${path}") <(lines_of "${here}/tree/${path}") || true
    fi
  done <"${here}/names"
}

lines_of() { { cat -- "$1" 2>/dev/null || true; } | grep --invert-match '^#' | tr '\t' ' ' || true; }

scaled() { if [[ "$2" =~ ^[0-9]+$ && "$1" =~ ^[0-9]+$ ]]; then printf '%s' "$(($1 / $2))"; else printf '%s' "$1"; fi; }
