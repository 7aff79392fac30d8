#!/usr/bin/env bash
# For scripts that put back what is theirs in files of others; sourced after common.sh.
# shellcheck source-path=SCRIPTDIR

# update FILE COMMAND...: as put, but writes nothing when the file holds that already, and keeps its owner and mode.
# Adds the file to `changed`.
update() {
  local text
  text="$("${@:2}")" || return
  if [[ -e "$1" && "${text}" == "$(<"$1")" ]]; then return; fi
  put "$1" like "$1" "${text}" || return
  changed+=" ${1#"${root}"}"
}

# like FILE TEXT: for put, whose new file gets the owner and mode of FILE before it takes its place.
like() {
  # shellcheck disable=SC2154 # it is put's
  if [[ -e "$1" ]]; then cp --attributes-only --preserve=mode,ownership -- "$1" "${new}"; fi
  printf '%s\n' "$2"
}
