#!/usr/bin/env bash
# For scripts that put back what is theirs in files of others; sourced after common.sh.
# shellcheck source-path=SCRIPTDIR

# update FILE COMMAND...: as put, but nothing is written when the file has it; owner and mode stay. Told in `changed`.
update() {
  local text
  text="$("${@:2}")" || return
  if [[ -e "$1" ]]; then
    if [[ "${text}" == "$(<"$1")" ]]; then return; fi
    cp --attributes-only --preserve=mode,ownership -- "$1" "${1%/*}/.${1##*/}.new"
  fi
  put "$1" printf '%s\n' "${text}"
  changed+=" ${1#"${root}"}"
}
