#!/usr/bin/env bash
# Installs DShield-SIEM's version of Filebeat if Elastic's key signed it. After a failure, 75-siem.sh retries.
# shellcheck disable=SC2310,SC2312 # functions are called as conditions, and a failed command prints nothing
set -euo pipefail
# shellcheck source=../scripts/common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
export DEBIAN_FRONTEND=noninteractive
version=8.19.15 signer="${elastic_signer:-46095ACC8548582C1A2699A9D27D666CD88E42B4}" work="$(mktemp --directory)"
trap 'rm --recursive --force -- "${work}"' EXIT
exec </dev/null

fetch() {
  curl --silent --show-error --fail --retry 3 --max-time 900 --output "${work}/$1" "${elastic_downloads:-https://artifacts.elastic.co}/$2"
}

# Verifies the package itself instead of adding a repository: apt's checks of signatures differ between releases, and
# Filebeat must be updated only together with the SIEM.
install_filebeat() {
  local package said
  package="downloads/beats/filebeat/filebeat-${version}-$(dpkg --print-architecture).deb"
  fetch key GPG-KEY-elasticsearch && fetch filebeat.deb "${package}" && fetch signature "${package}.asc" || return 1
  # Does what gpg would do, without its agent, which is not installed.
  awk '/^[=-]/ && bare { exit } bare; NF == 0 { bare = 1 }' "${work}/key" | base64 --decode >"${work}/key.gpg" || return 1
  said="$(gpgv --homedir "${work}" --status-fd 1 --keyring "${work}/key.gpg" "${work}/signature" "${work}/filebeat.deb" 2>/dev/null || true)"
  if ! grep --quiet "^\[GNUPG:\] VALIDSIG .* ${signer}$" <<<"${said}"; then
    printf 'the package is not signed by %s\n' "${signer}" >&2
    return 1
  fi
  # Our configuration already exists.
  apt-get --assume-yes --allow-change-held-packages --allow-downgrades --option=DPkg::Lock::Timeout=900 --option=Dpkg::Options::=--force-confold \
    install --reinstall "${work}/filebeat.deb" &&
    apt-mark hold filebeat && systemctl try-restart filebeat.service
}

# A power cut may have left it half installed, or with empty files. Its configuration (c) is ours.
is_installed() {
  [[ "$(dpkg-query --show --showformat='${db:Status-Status} ${Version}' filebeat 2>/dev/null)" == "installed ${version}" ]] &&
    ! dpkg --verify filebeat | grep --invert-match --quiet ' c /'
}

if is_installed; then exit; fi
if said="$(install_filebeat 2>&1)"; then exit; fi
log "Filebeat is not installed: ${said##*$'\n'}"
record siem failed "Filebeat is not installed: ${said##*$'\n'}"
