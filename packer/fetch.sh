#!/usr/bin/env bash
# Downloads a file, and keeps it only if it has the checksum in pins.sha256 or in your packer-pins.sha256, or, for
# HashiCorp releases without a line there, if HashiCorp signed it.
# fetch.sh URL FILE
set -euo pipefail
url="$1" file="$2" name="${1##*/}" here="$(dirname -- "${BASH_SOURCE[0]}")"
# The fingerprint of https://www.hashicorp.com/trust/security
signer=C874011F0AB405110D02105534365D9472D7468F
work="$(mktemp --directory)"
trap 'rm --recursive --force -- "${work}"' EXIT

main() {
  local sum
  sum="$({ cat -- packer-pins.sha256 2>/dev/null || true; } | cat -- - "${here}/pins.sha256" |
    awk -v "name=${name}" '$2 == name && !seen++ { print $1 }')"
  if [[ -z "${sum}" && "${url}" == https://releases.hashicorp.com/* ]]; then sum="$(signed_sum)"; fi
  if [[ ! "${sum}" =~ ^[0-9a-f]{64}$ ]]; then
    fail "there is no checksum for ${name}. Compare its publisher's checksum with a second source, and add a line to packer-pins.sha256: CHECKSUM  ${name}"
  fi
  get file "${url}"
  sha256sum --check --status <<<"${sum}  ${work}/file" || fail "${url} does not have the checksum ${sum}"
  mv -- "${work}/file" "${file}"
}

get() { curl --location --fail --silent --show-error --retry 3 --output "${work}/$1" -- "$2"; }

# Prints the file's checksum from the signed list of the release; fails if another key signed it.
signed_sum() {
  local folder="${url%/*}" product said
  product="$(basename -- "${folder%/*}")_${folder##*/}"
  get key https://www.hashicorp.com/.well-known/pgp-key.txt
  get sums "${folder}/${product}_SHA256SUMS"
  get sums.sig "${folder}/${product}_SHA256SUMS.sig"
  awk '/^[=-]/ && bare { exit } bare; NF == 0 { bare = 1 }' "${work}/key" | base64 --decode >"${work}/key.gpg"
  said="$(gpgv --homedir "${work}" --status-fd 1 --keyring "${work}/key.gpg" "${work}/sums.sig" "${work}/sums" 2>/dev/null || true)"
  grep --quiet "^\[GNUPG:\] VALIDSIG .* ${signer}$" <<<"${said}" || fail "${product}_SHA256SUMS is not signed by HashiCorp (${signer})"
  awk -v "name=${name}" '$2 == name { print $1 }' "${work}/sums"
}

fail() {
  printf 'fetch.sh: %s\n' "$1" >&2
  exit 1
}

main
