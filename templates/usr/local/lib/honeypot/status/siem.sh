#!/usr/bin/env bash
# What honeypot-status says of Filebeat: whether it runs, and whether it reaches the SIEM.
# shellcheck disable=SC2154 # honeypot-status has the variables

check_siem() {
  local status=bad said
  read_last siem
  # Nothing of the first boot waits for it.
  if [[ ! -e "${state}/first-boot.done" ]]; then status=waiting; fi
  if ! is_active filebeat; then
    if [[ "${result}" != failed ]]; then message="Filebeat is not running"; fi
    add siem "${status}" "${message} (it is tried again)" "journalctl --unit filebeat"
    return
  fi
  said="$(timeout 20 journalctl --unit=filebeat --lines=1 --output=cat --grep='Connection to .* established|Failed to connect to ' 2>/dev/null || true)"
  if [[ "${said}" == *"Failed to connect"* ]]; then
    add siem "${status}" "the SIEM does not answer; logs wait on the disk" "journalctl --unit filebeat"
  else
    add siem good "Filebeat is running"
  fi
}

check_siem
