#!/usr/bin/env bash
# For scripts that change files of other programs; sourced after common.sh.
# shellcheck source-path=SCRIPTDIR

# update FILE COMMAND...: like put, but keeps owner and mode, and writes nothing if the content is the same.
# Adds the file to `changed`.
update() {
  local text
  text="$("${@:2}")" || return
  if [[ -e "$1" && "${text}" == "$(<"$1")" ]]; then return; fi
  put "$1" like "$1" "${text}" || return
  changed+=" ${1#"${root}"}"
}

# like FILE TEXT: for put; copies the owner and mode of FILE to the new file before it replaces FILE.
like() {
  # shellcheck disable=SC2154 # it is put's
  if [[ -e "$1" ]]; then cp --attributes-only --preserve=mode,ownership -- "$1" "${new}"; fi
  printf '%s\n' "$2"
}
