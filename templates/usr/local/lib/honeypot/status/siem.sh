#!/usr/bin/env bash
# Sourced by honeypot-status: checks that Filebeat runs and reaches the SIEM.
# shellcheck disable=SC2034,SC2154 # honeypot-status has the variables

check_siem() {
  local status=bad said certificate="${root}/etc/honeypot/secrets/siem_ca"
  # Only root can read it.
  if [[ -r "${certificate}" ]] && ! openssl x509 -in "${certificate}" -noout -checkend $((14 * 86400)) >/dev/null 2>&1; then
    add "siem certificate" note "siem.ca expires within 14 days, or has expired" "on your own machine: sensorbake apply FILE --sensor ${SENSOR_NAME}"
  fi
  read_last siem
  # The first boot does not wait for it.
  if [[ ! -e "${state}/first-boot.done" ]]; then status=waiting; fi
  if ! is_active filebeat; then
    if [[ "${result}" != failed ]]; then when=0 message="Filebeat is not running"; fi
    add siem "${status}" "${message} (it is retried)" "journalctl --unit filebeat"
    return
  fi
  when=0
  said="$(exec timeout 20 journalctl --unit=filebeat --lines=1 --output=cat --grep='Connection to .* established|Failed to connect to ' 2>/dev/null)" || true
  if [[ "${said}" == *"Failed to connect"* ]]; then
    add siem "${status}" "the SIEM is unreachable; logs wait on the disk" "journalctl --unit filebeat"
  else
    add siem good "Filebeat is running"
  fi
}

check_siem
