#!/usr/bin/env bash
# Looks whether everything the first boot was to make is there and runs.
# shellcheck disable=SC2312 # a command that fails says nothing, and nothing is an answer too
set -euo pipefail
# shellcheck source=../scripts/common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
limit="${verify_wait_seconds:-60}"

main() {
  local waited=0 problems
  problems="$(list_problems)"
  # Services may still be starting.
  while [[ -n "${problems}" ]] && ((waited < limit)); do
    sleep 5
    waited=$((waited + 5))
    problems="$(list_problems)"
  done
  if [[ -z "${problems}" ]]; then return; fi
  log "not right: ${problems//$'\n'/; }"
  exit 1
}

list_problems() {
  local tool mode directory banner=""
  read -r -t 5 banner 2>/dev/null <"/dev/tcp/127.0.0.1/${ADMIN_SSH_PORT}" || true
  if [[ "${banner}" != SSH-2.0-* ]]; then printf 'sshd does not answer on port %s\n' "${ADMIN_SSH_PORT}"; fi
  if [[ ! -e "${root}/etc/sudoers.d/90-honeypot-admin" ]]; then printf '%s may not use sudo\n' "${ADMIN_USER}"; fi
  nft list table inet honeypot_admin >/dev/null || printf 'nftables has no table honeypot_admin\n'
  systemctl is-active --quiet honeypot-capture.service || printf 'honeypot-capture.service is not active\n'
  compgen -G "${dumps}/*.pcap*" >/dev/null || printf 'there is no packet file in %s\n' "${dumps}"
  systemctl is-active --quiet cron.service || printf 'cron.service is not active\n'
  for directory in "700 ${secrets}" "700 ${backups}" "755 ${state}" "1770 ${dumps}" "750 ${logs}"; do
    mode="$(stat --format=%a -- "${directory#* }" || true)"
    if [[ "${mode}" != "${directory%% *}" ]]; then
      printf '%s has mode %s, not %s\n' "${directory#* }" "${mode:-none}" "${directory%% *}"
    fi
  done
  case "${BACKUP_FORMAT}" in
    tar.zst) for tool in age zstd; do command -v "${tool}" >/dev/null || printf '%s is not installed\n' "${tool}"; done ;;
    *) command -v 7zz >/dev/null || command -v 7z >/dev/null || printf '7zip is not installed\n' ;;
  esac
  if [[ "$(readlink -- "${root}/etc/localtime" || true)" != "/usr/share/zoneinfo/${TIMEZONE}" ]]; then
    printf 'the time zone is not %s\n' "${TIMEZONE}"
  fi
}

main "$@"
