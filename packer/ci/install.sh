#!/usr/bin/env bash
# Installs the workflow's version of sensorbake, and refuses a package file with a wrong checksum.
# In the environment: SENSORBAKE (a package file, its https address, NAME@VERSION, or git+https://...#COMMIT), SENSORBAKE_SHA256 (of the file).
set -euo pipefail

folder="$(mktemp --directory)"
trap 'rm --recursive --force -- "${folder}"' EXIT

# pack ADDRESS COMMIT: builds a commit with the packages of its lock file. npm itself cannot do that with --global.
pack() {
  git init --quiet "${folder}/clone"
  cd "${folder}/clone"
  git fetch --quiet --depth=1 "$1" "$2"
  git checkout --quiet --detach "$2"
  npm ci --no-audit --no-fund
  npm pack --ignore-scripts --pack-destination "${folder}"
}

spec="${SENSORBAKE:?}"
case "${spec}" in
  git+*)
    address="${spec#git+}"
    (pack "${address%#*}" "${spec##*#}")
    package=("${folder}"/*.tgz)
    ;;
  https://* | *.tgz)
    package=("${folder}/sensorbake.tgz")
    # The checked file is a copy that only this script can change.
    case "${spec}" in
      https://*) curl --fail --silent --show-error --location --proto '=https' --retry 3 --output "${package[0]}" "${spec}" ;;
      *) cp -- "${spec}" "${package[0]}" ;;
    esac
    printf '%s  %s\n' "${SENSORBAKE_SHA256:?}" "${package[0]}" | sha256sum --check --strict
    ;;
  *) package=("${spec}") ;;
esac
npm install --global --no-audit --no-fund --ignore-scripts "${package[0]}"
