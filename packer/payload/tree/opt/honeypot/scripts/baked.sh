#!/usr/bin/env bash
# In a sensor made of an image: makes sure that its seed was made for the files of this image, takes away those that only
# other sensors need, and has what the image lacks brought.
# shellcheck disable=SC2312 # a version that is not found is said to be none
set -euo pipefail
# shellcheck source=../../../../../../templates/opt/honeypot/scripts/common.sh
source "${HONEYPOT_ROOT:-}/opt/honeypot/scripts/common.sh"
export LC_ALL=C
etc="${root}/etc/honeypot" stamps="${state}/first-boot"

main() {
  local lacking path
  # A seed that brings everything needs no files of the image; and once the first boot goes, this has been done.
  if [[ ! -e "${etc}/wanted.sha256" || -e "${stamps}/payload.done" ]]; then return; fi
  lacking="$(comm -13 -- "${etc}/baked.sha256" "${etc}/wanted.sha256")"
  if [[ -n "${lacking}" ]]; then
    lacking="${lacking%%$'\n'*}"
    refuse "the image, baked by $(version_in baked.json), has another ${lacking#*  } than the seed, made by $(version_in build.json)"
  fi
  comm -23 -- "${etc}/baked.sha256" "${etc}/wanted.sha256" | while read -r _ path; do
    rm --force -- "${root}${path}"
  done
  # The seed has brought secrets, whose folder is to be closed.
  rm --force -- "${stamps}/10-directories.done"
  # shellcheck disable=SC2154,SC2086 # as common.sh has read it: words
  lacking="$(printf '%s\n' ${PACKAGES} ${REPOSITORIES:-} | sort --unique | comm -23 -- - "${etc}/baked.words")"
  if [[ -n "${lacking}" ]]; then rm --force -- "${stamps}"/[0-9]*.done; fi
}

version_in() { sed --quiet 's/^ *"sensorbake": "\(.*\)",*$/sensorbake \1/p' -- "${etc}/$1"; }

refuse() {
  local message="$1; bake the image anew with the seed's sensorbake, or make the seed without --seed-only"
  log "${message}"
  mkdir --parents -- "${state}"
  record first-boot failed "${message}"
  exit 1
}

main "$@"
