#!/usr/bin/env bash
# Makes sure that Packer has built something: to it, a build of nothing is no failure.
# built.sh [FOLDER]: where manifest.json is; images unless it is said. Prints the files or the ids that were built.
set -euo pipefail
jq --raw-output --exit-status '.builds | if length > 0 then .[] | .artifact_id, (.files // [] | .[].name) else empty end | select(. != "")' \
  "${1:-images}/manifest.json" || {
  printf 'built.sh: Packer has built nothing\n' >&2
  exit 1
}
