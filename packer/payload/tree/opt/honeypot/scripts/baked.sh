#!/usr/bin/env bash
# On a sensor from a baked image: checks that its seed was made for the files of this image, removes those that only other
# sensors need, and schedules the download of those that the image lacks.
# shellcheck disable=SC2312 # a missing version is printed as empty
set -euo pipefail
# shellcheck source=../../../../../../templates/opt/honeypot/scripts/common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
export LC_ALL=C
etc="${root}/etc/honeypot" stamps="${state}/first-boot"

main() {
  local lacking path
  # A full seed needs no files of the image; and after the start of the first boot this is already done.
  if [[ ! -e "${etc}/wanted.sha256" || -e "${stamps}/payload.done" ]]; then return; fi
  lacking="$(comm -13 -- "${etc}/baked.sha256" "${etc}/wanted.sha256")"
  if [[ -n "${lacking}" ]]; then
    lacking="${lacking%%$'\n'*}"
    refuse "the image, baked by $(version_in baked.json), has a different ${lacking#*  } than the seed, made by $(version_in build.json)"
  fi
  comm -23 -- "${etc}/baked.sha256" "${etc}/wanted.sha256" | while read -r _ path; do
    rm --force -- "${root}${path}"
  done
  # The seed contains secrets, whose folder must be closed.
  rm --force -- "${stamps}/10-directories.done"
  # shellcheck disable=SC2154,SC2086 # words, set by common.sh
  lacking="$(printf '%s\n' ${PACKAGES} ${REPOSITORIES:-} | sort --unique | comm -23 -- - "${etc}/baked.words")"
  if [[ -n "${lacking}" ]]; then rm --force -- "${stamps}"/[0-9]*.done; fi
}

version_in() { sed --quiet 's/^ *"sensorbake": "\(.*\)",*$/sensorbake \1/p' -- "${etc}/$1"; }

refuse() {
  local message="$1; bake the image again with the seed's version of sensorbake, or build the seed without --seed-only"
  log "${message}"
  mkdir --parents -- "${state}"
  record first-boot failed "${message}"
  exit 1
}

main "$@"
